cellsweep_unit_test(train checkpoint_test.cpp diverged_test.cpp early_stopping_test.cpp train_test.cpp)
target_link_libraries(train_test PRIVATE nlohmann_json::nlohmann_json)
target_compile_definitions(train_test PRIVATE
  CELLSWEEP_EARLY_STOPPING="${PROJECT_SOURCE_DIR}/tests/golden/data/early_stopping.json")
