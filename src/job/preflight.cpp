#include "job/preflight.h"

#include <spdlog/spdlog.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/memory.h"
#include "job/compute.h"
#include "job/failing_runs.h"
#include "job/run_memory.h"
#include "model/weights_file.h"

namespace cellsweep::job {
namespace {

// Reads initial weights, once for each file and shape of model.
class InitialWeights {
 public:
  void check(const model::ModelOptions& options, const model::DataShape& shape) {
    if (options.initial_weights.empty()) return;
    const model::Layout layout = model::make_layout(options, shape);
    std::string key = options.initial_weights;
    for (const auto* weights : {&layout.trainable, &layout.moving_statistics})
      for (const model::Weight& weight : *weights) key += " " + weight.name + std::to_string(weight.size);
    if (checked_.contains(key)) return;
    check_initial_weights(options, shape);
    checked_.insert(key);
  }

 private:
  std::set<std::string> checked_;
};

// Checks one run after the other. Members throw UserError.
class RunCheck {
 public:
  RunCheck(const data::Splits& splits, const Compute& compute, int ranks, int rank)
      : splits_(splits), compute_(compute), ranks_(ranks), rank_(rank) {}

  void check(const std::string& run_id, const config::Config& config) {
    check_data_fits(config, splits_);
    const RunMemory memory = memory_of_run(config, splits_, ranks_, compute_.engine);
    require_memory_of_run(memory, config, compute_.host_ranks, limits_);
    warn_of_memory(run_id, memory, config);
    if (rank_ == 0) initial_weights_.check(config.model, shape_of(splits_));
  }

 private:
  // Other programs may take what is free now, or give back what is not: so it is a warning, the first time.
  void warn_of_memory(const std::string& run_id, const RunMemory& memory, const config::Config& config) {
    // The data is in memory already.
    const double more = memory.of_host(compute_.host_ranks) - memory.data_of_host(compute_.host_ranks);
    if (more <= available_ || std::exchange(is_warned_, true)) return;
    spdlog::warn("run {} needs {} of memory, but {} are free now: {}", run_id, memory_text(more),
                 memory_text(available_), needs_text(memory, config));
  }

  const data::Splits& splits_;
  const Compute& compute_;
  const int ranks_, rank_;
  const MemoryLimits limits_ = memory_limits();
  const double available_ = available_memory();
  InitialWeights initial_weights_;
  bool is_warned_ = false;
};

}  // namespace

void check_initial_weights(const model::ModelOptions& options, const model::DataShape& shape) {
  if (options.initial_weights.empty()) return;
  const model::Layout layout = model::make_layout(options, shape);
  std::vector<float> parameters(layout.trainable_size);
  std::vector<float> moving_statistics(layout.moving_statistics_size);
  model::read_weights(options.initial_weights, layout, parameters, moving_statistics);
}

void check_runs(const config::Config& config, const data::Splits& splits, const Compute& compute, int rank,
                PlanSummary& plan) {
  // The weights of a long sweep are checked when each run begins.
  constexpr std::size_t most_checked = 1000;
  const config::Config common = config::without_sweep(config);
  RunCheck run_check(splits, compute, plan.groups.sizes.front(), rank);
  const auto warnings =
      find_failing_runs(plan.runs, most_checked, plan.expected_failures, [&](const sweep::PlannedRun& run) {
        const config::Config of_run = config::with_assignments(common, run.parameters);
        const bool is_read = of_run.data == plan.first.data;
        if (is_read) run_check.check(run.run_id, of_run);
      });
  for (const std::string& warning : warnings)
    if (config.sweep && rank == 0) spdlog::warn("{}", warning);
}

}  // namespace cellsweep::job
