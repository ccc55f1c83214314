# cmake -DCOMMAND=<list> -DMESSAGE=<regex> -DCODE=<regex> -P expect_failure.cmake: the command has to end within 20 seconds with
# an exit code that matches CODE, after a line that matches MESSAGE. (PASS_REGULAR_EXPRESSION would not look at the exit code.)
execute_process(COMMAND ${COMMAND} TIMEOUT 20 RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
message("${output}")
if(NOT code MATCHES "^(${CODE})$" OR NOT output MATCHES "${MESSAGE}")
  message(FATAL_ERROR "ended with ${code}, expected ${CODE} and '${MESSAGE}'")
endif()
