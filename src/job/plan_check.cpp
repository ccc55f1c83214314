#include "job/plan_check.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "job/failing_runs.h"
#include "sweep/metric.h"

namespace cellsweep::job {
namespace {

// Fills in what depends on the configs of the runs. Gives a line a run that will fail.
std::vector<std::string> check_configs(const config::Config& config, PlanSummary& plan) {
  const config::Config common = config::without_sweep(config);
  bool is_first = true;
  return find_failing_runs(plan.runs, plan.runs.size(), plan.expected_failures,
                           [&](const sweep::PlannedRun& run) {
                             const config::Config of_run = config::with_assignments(common, run.parameters);
                             if (std::exchange(is_first, false)) plan.first = of_run;
                             plan.longest = std::max(plan.longest, of_run.train.epochs);
                           });
}

}  // namespace

sweep::Groups groups_of(const config::Config& config, int ranks, std::size_t total) {
  const sweep::Groups groups = sweep::form_groups(config.parallel, ranks, total);
  return config.sweep ? groups : sweep::Groups{{ranks}};
}

PlanSummary check_plan(const config::Config& config, const comm::Communicator& world) {
  const auto warn = [&](const std::string& text) {
    if (!text.empty() && world.rank() == 0) spdlog::warn("{}", text);
  };
  PlanSummary plan{.options = config::sweep_of(config)};
  if (config.sweep) std::ranges::for_each(sweep::doubts(plan.options.metric), warn);
  plan.runs = sweep::plan_runs(plan.options, config.train.seed);
  const std::size_t total = sweep::total_runs(plan.options, plan.runs.size());
  warn(sweep::shortfall(plan.options, total));
  plan.groups = groups_of(config, world.size(), total);
  for (const int size : plan.groups.sizes) comm::shards_per_rank(config.parallel, size);
  std::ranges::for_each(check_configs(config, plan), warn);
  if (const int idle = world.size() - plan.groups.working_ranks(); idle > 0)
    warn(fmt::format("{} of {} ranks are idle: parallel.ranks_per_run is {}", idle, world.size(),
                     config.parallel.ranks_per_run));
  return plan;
}

}  // namespace cellsweep::job
