#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "cli/options.h"
#include "job/outlines.h"
#include "job/plan_listing.h"

namespace cellsweep::cli {
namespace {

// Lists the runs that `run` would train, or suggests renames with which the sweep can be read.
ExitCode plan(const job::RunArguments& arguments, bool suggests_map) {
  if (suggests_map) {
    job::Outlines outlines;
    const auto classes_of = [&](const data::DataOptions& data) -> std::optional<std::int64_t> {
      try {
        return outlines.get(data).classes;
      } catch (const UserError&) {
        return std::nullopt;  // --suggest-map is for the names of the sweep
      }
    };
    std::printf("%s",
                config::suggest_renames(arguments.sources(), arguments.assignments, classes_of).c_str());
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
