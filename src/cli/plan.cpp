#include "sweep/plan.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "sweep/metric.h"

namespace cellsweep::cli {

ExitCode plan(const RunArguments& arguments, bool suggest_map) {
  if (suggest_map) {
    std::printf("%s", config::suggest_renames(arguments.sources(), arguments.assignments).c_str());
    return ExitCode::done;
  }
  const config::Config config = config::load_config(arguments.sources(), arguments.assignments);
  const sweep::SweepOptions options = config::sweep_of(config);
  const auto runs = sweep::plan_runs(options, config.train.seed);
  for (const sweep::PlannedRun& run : runs) {
    config::with_assignments(config, run.parameters);  // throws where a combination is not permitted
    std::string line = run.run_id;
    for (const auto& [key, value] : run.parameters) line += "  " + key + "=" + value;
    std::printf("%s\n", printable(line).c_str());
  }
  const std::size_t later = sweep::total_runs(options, runs.size()) - runs.size();
  if (const std::string note = sweep::shortfall(options, runs.size() + later); !note.empty())
    spdlog::warn("{}", note);
  if (later > 0) std::printf("and %zu more, which the search will choose as it goes\n", later);
  if (config.sweep) {
    std::printf("%s\n", config::metric_line(config).c_str());
    for (const std::string& doubt : sweep::doubts(options.metric)) spdlog::warn(doubt);
  }
  std::printf("%zu %s\n", runs.size() + later, runs.size() + later == 1 ? "run" : "runs");
  return ExitCode::done;
}

}  // namespace cellsweep::cli
