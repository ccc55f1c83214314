#include "job/bench.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/parse_number.h"
#include "base/text.h"
#include "comm/agreement.h"
#include "job/failing_runs.h"
#include "job/load_config.h"
#include "job/paths.h"
#include "job/step_timing.h"
#include "sweep/plan.h"

namespace cellsweep::job {
namespace {

constexpr std::int64_t warm_up_steps = 30;

void print(const nlohmann::ordered_json& json) {
  const auto number = [&](const char* key) { return json.at(key).get<double>(); };
  std::printf("%s: %s, %s engine, %d rank(s), %d steps\n",
              printable(json.at("run").get<std::string>()).c_str(),
              json.at("cell").get<std::string>().c_str(), json.at("engine").get<std::string>().c_str(),
              json.at("ranks").get<int>(), json.at("steps").get<int>());
  std::printf("  %.3f ms/step, %.0f samples/s (evaluation: %.0f samples/s)\n", number("ms_per_step"),
              number("samples_per_second"), number("evaluation_samples_per_second"));
  std::printf("  %.1f GFLOP/s, %.0f %% of the multiply-add peak, which is %.1f GFLOP/s a core\n",
              number("gflops"), 100 * number("share_of_peak"), number("fma_peak_gflops"));
  for (const char* phase : step_phases) {
    const double ms = json.at("parts").at(phase).get<double>();
    std::printf("  %-10s %8.3f ms %5.1f %%\n", phase, ms, 100 * ms / number("ms_per_step"));
  }
}

void show(const nlohmann::ordered_json& result, bool as_json) {
  if (as_json)
    std::printf("%s\n", escape_unprintable(result.dump()).c_str());
  else
    print(result);
  std::fflush(stdout);
}

// A block for each line of stdin, which holds its number of steps, until there are no more.
void answer_lines(StepTiming& timing, bool as_json) {
  for (std::string line; std::getline(std::cin, line);) {
    const std::int64_t steps = parse_number<std::int64_t>(line).value_or(0);
    if (steps < 1)
      throw UserError("bench --blocks: expected a number of steps, at least 1, on each line of stdin, got '" +
                      line + "'");
    show(timing.measure(steps, 0), as_json);
  }
}

// Collective: the runs whose config is permitted, by their ids; rank 0 warns of the others. Throws
// comm::CollectiveError if there is none.
std::vector<std::pair<std::string, config::Config>> permitted_runs(const std::vector<sweep::PlannedRun>& runs,
                                                                   const config::Config& common,
                                                                   comm::Communicator& world) {
  std::vector<std::pair<std::string, config::Config>> permitted;
  comm::run_collectively(world, [&] {
    std::set<std::string> failing;
    const auto warnings = find_failing_runs(runs, runs.size(), failing, [&](const sweep::PlannedRun& run) {
      permitted.emplace_back(run.run_id, config::with_assignments(common, run.parameters));
    });
    for (const std::string& warning : warnings)
      if (world.rank() == 0) spdlog::warn("{}", warning);
  });
  return permitted;
}

}  // namespace

void bench(const RunArguments& arguments, const BenchOptions& options, comm::MpiSession& session) {
  const config::Config config = job::load_config(arguments, session.world());
  prepare_process(config.parallel, session);
  comm::Communicator& world = session.world();
  const auto runs = sweep::plan_runs(config::sweep_of(config), config.train.seed);
  if (options.blocks && (world.size() > 1 || runs.size() > 1))
    throw comm::CollectiveError("bench --blocks is for one rank and a file of one run, not " +
                                    std::to_string(world.size()) + " rank(s) and " +
                                    std::to_string(runs.size()) + " run(s)",
                                ExitCode::bad_input);
  const Compute compute = choose_compute(config, session);
  SplitsCache cache;
  for (const auto& [run_id, one] : permitted_runs(runs, config::without_sweep(config), world)) {
    comm::run_collectively(world, [&] { check_paths(one, arguments.file); });
    StepTiming timing(run_id, one, world, cache, compute);
    const auto result = timing.measure(options.steps, warm_up_steps);
    if (world.rank() == 0) show(result, options.as_json);
    if (options.blocks) answer_lines(timing, options.as_json);
  }
}

}  // namespace cellsweep::job
