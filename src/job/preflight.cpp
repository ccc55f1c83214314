#include "job/preflight.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/memory.h"
#include "job/run_memory.h"
#include "model/weights_file.h"

namespace cellsweep::job {
namespace {

// Reads them, once for each file and shape of model.
class InitialWeights {
 public:
  void check(const model::ModelOptions& options, const model::DataShape& shape) {
    if (options.initial_weights.empty()) return;
    const model::Layout layout = model::make_layout(options, shape);
    std::string key = options.initial_weights;
    for (const auto* weights : {&layout.trainable, &layout.moving})
      for (const model::Weight& weight : *weights) key += " " + weight.name + std::to_string(weight.size);
    if (checked_.contains(key)) return;
    std::vector<float> parameters(static_cast<std::size_t>(layout.trainable_size));
    std::vector<float> moving(static_cast<std::size_t>(layout.moving_size));
    model::read_weights(options.initial_weights, layout, parameters, moving);
    checked_.insert(key);
  }

 private:
  std::set<std::string> checked_;
};

}  // namespace

void check_runs(const config::Config& config, const std::vector<sweep::PlannedRun>& runs,
                const data::DataOptions& data, const data::Splits& splits, int ranks, int rank,
                const Compute& compute, std::set<std::string>& will_fail) {
  const config::Config common = config::without_sweep(config);
  InitialWeights initial_weights;
  std::optional<std::string> first_problem;
  std::vector<std::string> warnings;
  const MemoryLimits limits = memory_limits();
  const double available = available_memory();
  bool is_any_right = false, is_warned = false;
  // Those of a long sweep are looked at when their turn comes.
  constexpr std::size_t most_looked_at = 1000;
  for (const sweep::PlannedRun& run : runs) {
    if (is_any_right && &run >= runs.data() + most_looked_at) break;
    std::optional<config::Config> one;
    try {
      one = config::with_assignments(common, run.parameters);
    } catch (const UserError&) {
      continue;  // told before
    }
    if (one->data != data) {  // not read yet
      is_any_right = true;
      continue;
    }
    try {
      check_data_fits(*one, splits);
      const RunMemory memory = memory_of_run(*one, splits, ranks, compute.engine.engine);
      require_memory_of_run(memory, *one, compute.host_ranks, limits);
      // The data is there already.
      const double more = memory.of_host(compute.host_ranks) - memory.data_of_host(compute.host_ranks);
      if (more > available && !is_warned) {
        spdlog::warn("run {} needs {} of memory, but {} are free now: {}", run.run_id, memory_text(more),
                     memory_text(available), needs_text(memory, *one));
        is_warned = true;
      }
      if (rank == 0) initial_weights.check(one->model, shape_of(splits));
      is_any_right = true;
    } catch (const UserError& error) {
      if (!first_problem) first_problem = error.what();
      warnings.push_back(fmt::format("run {} will fail: {}", run.run_id, error.what()));
      will_fail.insert(run.run_id);
    }
  }
  if (!is_any_right && first_problem) throw UserError(*first_problem);
  for (const std::string& warning : warnings)
    if (config.sweep && rank == 0) spdlog::warn("{}", warning);
}

}  // namespace cellsweep::job
