#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/options.h"
#include "job/plan_listing.h"

namespace cellsweep::cli {
namespace {

// Lists the runs that `run` would train, or suggests renames with which the sweep can be read.
ExitCode plan(const job::RunArguments& arguments, bool suggests_map) {
  if (suggests_map) {
    std::printf("%s", config::suggest_renames(arguments.sources(), arguments.assignments).c_str());
    return ExitCode::done;
  }
  const config::Config config = config::load_config(arguments.sources(), arguments.assignments);
  job::list_runs(config, arguments.file, stdout);
  return ExitCode::done;
}

}  // namespace

Command add_plan_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("plan", "list the runs of a file");
  const auto arguments = std::make_shared<job::RunArguments>();
  const auto suggests_map = std::make_shared<bool>(false);
  add_file(*app, *arguments);
  app->add_flag("--suggest-map", *suggests_map,
                "print --map and --ignore arguments with which the sweep can likely be read");
  return {app, [arguments, suggests_map](comm::MpiSession& session) {
            return print_on_rank_0(session, [&] { return plan(*arguments, *suggests_map); });
          }};
}

}  // namespace cellsweep::cli
