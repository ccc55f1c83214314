#include "model/summary.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <set>

#include "cli/command.h"
#include "cli/options.h"
#include "job/compute.h"
#include "job/failing_runs.h"
#include "job/outlines.h"
#include "job/paths.h"
#include "sweep/plan.h"

namespace cellsweep::cli {
namespace {

// Prints Keras' table of each distinct model of the file's runs, and warns of runs that will fail.
ExitCode summary(const job::RunArguments& arguments) {
  const config::Config config = config::load_config(arguments.sources(), arguments.assignments);
  const config::Config common = config::without_sweep(config);
  const auto runs = sweep::plan_runs(config::sweep_of(config), config.train.seed);
  std::set<std::string> shown, failing;
  job::Outlines outlines;
  const auto show = [&](const sweep::PlannedRun& run) {
    const config::Config one = config::with_assignments(common, run.parameters);
    job::check_paths(one, arguments.file);
    const std::string table = model::summary_table(one.model, job::shape_of(outlines.get(one.data)));
    if (shown.insert(table).second) std::printf("%s\n", table.c_str());
  };
  for (const std::string& warning : job::find_failing_runs(runs, runs.size(), failing, show))
    spdlog::warn("{}", warning);
  return ExitCode::done;
}

}  // namespace

Command add_summary_command(CLI::App& program) {
  CLI::App* app =
      program.add_subcommand("summary", "print the layers and parameters of each model of a file");
  const auto arguments = std::make_shared<job::RunArguments>();
  add_file(*app, *arguments);
  return {app, [arguments](comm::MpiSession& session) {
            return print_on_rank_0(session, [&] { return summary(*arguments); });
          }};
}

}  // namespace cellsweep::cli
