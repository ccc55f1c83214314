#include "job/bench.h"

#include <cstdint>
#include <memory>

#include "cli/command.h"
#include "cli/options.h"

namespace cellsweep::cli {

Command add_bench_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("bench", "time training steps of the runs of a file");
  const auto arguments = std::make_shared<job::RunArguments>();
  const auto options = std::make_shared<job::BenchOptions>();
  add_file(*app, *arguments);
  app->add_option("--steps", options->steps, "how many steps are timed")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000000}))
      ->capture_default_str();
  app->add_flag("--json", options->as_json, "print JSON, an object a line");
  app->add_flag("--blocks", options->blocks,
                "then time so many steps more for each line of stdin, which holds their number");
  return {app, [arguments, options](comm::MpiSession& session) {
            job::bench(*arguments, *options, session);
            check_printed(session);
            return ExitCode::done;
          }};
}

}  // namespace cellsweep::cli
