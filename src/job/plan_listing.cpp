#include "job/plan_listing.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "job/outlines.h"
#include "job/paths.h"
#include "job/run_memory.h"
#include "sweep/metric.h"
#include "sweep/plan.h"

namespace cellsweep::job {
namespace {

// Texts about the sizes of runs. It logs the first thing that is wrong with them.
class Sizes {
 public:
  explicit Sizes(std::string config_file) : config_file_(std::move(config_file)) {}

  // "  (24,586 parameters, 30 MB)", or nothing if the data cannot be read.
  std::string text(const std::string& run_id, const config::Config& config) {
    try {
      check_paths(config, config_file_);
      const auto engine = config.engine == model::Engine::torch ? model::Engine::torch : model::Engine::fused;
      const RunMemory memory = memory_of_run(config, outlines_.get(config.data), 1, engine);
      const std::string result = "  (" + sizes_text(memory) + ")";
      try {
        require_memory_of_run(memory, config, 1, limits_);
      } catch (const UserError& error) {
        warn_once("run " + run_id + ": " + error.what());
      }
      return result;
    } catch (const UserError& error) {
      warn_once(std::string("sizes of runs are not known: ") + error.what());
      return "";
    }
  }

 private:
  void warn_once(const std::string& text) {
    if (!std::exchange(is_warned_, true)) spdlog::warn("{}", text);
  }

  std::string config_file_;
  const MemoryLimits limits_ = memory_limits();
  Outlines outlines_;
  bool is_warned_ = false;
};

}  // namespace

void list_runs(const config::Config& config, const std::string& file, std::FILE* out) {
  const sweep::SweepOptions options = config::sweep_of(config);
  const auto runs = sweep::plan_runs(options, config.train.seed);
  const config::Config common = config::without_sweep(config);
  Sizes sizes(file);
  for (const sweep::PlannedRun& run : runs) {
    // Throws if the combination is not permitted.
    const config::Config one = config::with_assignments(common, run.parameters);
    std::string line = run.run_id;
    for (const auto& [key, value] : run.parameters) line += "  " + key + "=" + value;
    std::fprintf(out, "%s%s\n", printable(line).c_str(), sizes.text(run.run_id, one).c_str());
  }
  const std::size_t later = sweep::total_runs(options, runs.size()) - runs.size();
  if (const std::string note = sweep::shortfall(options, runs.size() + later); !note.empty())
    spdlog::warn("{}", note);
  if (later > 0) std::fprintf(out, "and %zu more, which the search will choose as it goes\n", later);
  if (config.sweep) {
    std::fprintf(out, "%s\n", config::metric_line(config).c_str());
    for (const std::string& doubt : sweep::doubts(options.metric)) spdlog::warn(doubt);
  }
  std::fprintf(out, "%zu %s\n", runs.size() + later, runs.size() + later == 1 ? "run" : "runs");
}

}  // namespace cellsweep::job
