#include "model/summary.h"

#include <cstdio>
#include <set>

#include "cli/commands.h"
#include "cli/execute.h"
#include "sweep/plan.h"

namespace cellsweep::cli {

ExitCode summary(const RunArguments& arguments) {
  const config::Config config = config::load_config(arguments.sources(), arguments.assignments);
  std::set<std::string> shown;
  ProblemCache cache;
  const auto self = comm::make_self_communicator();
  for (const sweep::PlannedRun& run :
       sweep::plan_runs(config.sweep.value_or(sweep::SweepOptions{}), config.train.seed)) {
    const config::Config one = config::with_assignments(config, run.parameters);
    const std::string table = model::summary_table(one.model, problem_shape(cache.get(one.data, *self)));
    if (shown.insert(table).second) std::printf("%s\n", table.c_str());
  }
  return ExitCode::done;
}

}  // namespace cellsweep::cli
