#include "job/plan_listing.h"

#include <spdlog/spdlog.h>

#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "job/compute.h"
#include "job/failing_runs.h"
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

  // "  (24,586 parameters, 30 MB)", or nothing if the data cannot be read. Throws UserError if the data can
  // be read and is not one for the config.
  std::string text(const std::string& run_id, const config::Config& config) {
    const data::Splits* splits = nullptr;
    try {
      check_paths(config, config_file_);
      splits = &outlines_.get(config.data);
    } catch (const UserError& error) {
      warn_unknown(error);
      return "";
    }
    check_data_fits(config, *splits);
    try {
      const auto engine = config.engine == model::Engine::torch ? model::Engine::torch : model::Engine::fused;
      const RunMemory memory = memory_of_run(config, *splits, 1, engine);
      const std::string result = "  (" + sizes_text(memory) + ")";
      try {
        require_memory_of_run(memory, config, 1, limits_);
      } catch (const UserError& error) {
        warn_once("run " + run_id + ": " + error.what());
      }
      return result;
    } catch (const UserError& error) {
      warn_unknown(error);
      return "";
    }
  }

 private:
  void warn_unknown(const UserError& error) {
    warn_once(std::string("sizes of runs are not known: ") + error.what());
  }

  void warn_once(const std::string& text) {
    if (!std::exchange(is_warned_, true)) spdlog::warn("{}", text);
  }

  std::string config_file_;
  const MemoryLimits limits_ = memory_limits();
  Outlines outlines_;
  bool is_warned_ = false;
};

// What follows each run's parameters, by its id: its size, or why it will fail.
std::map<std::string, std::string> remarks_of(const std::vector<sweep::PlannedRun>& runs,
                                              const config::Config& common, const std::string& file) {
  Sizes sizes(file);
  std::map<std::string, std::string> remarks;
  std::set<std::string> failing;
  find_failing_runs(runs, runs.size(), failing, [&](const sweep::PlannedRun& run) {
    try {
      remarks[run.run_id] = sizes.text(run.run_id, config::with_assignments(common, run.parameters));
    } catch (const UserError& error) {
      remarks[run.run_id] = "  will fail: " + printable_lines(error.what());
      throw;
    }
  });
  return remarks;
}

}  // namespace

void list_runs(const config::Config& config, const std::string& file, std::FILE* out) {
  const sweep::SweepOptions options = config::sweep_of(config);
  const auto runs = sweep::plan_runs(options, config.train.seed);
  const std::map<std::string, std::string> remarks = remarks_of(runs, config::without_sweep(config), file);
  for (const sweep::PlannedRun& run : runs) {
    std::string line = run.run_id;
    for (const auto& [key, value] : run.parameters) line += "  " + key + "=" + value;
    std::fprintf(out, "%s%s\n", printable(line).c_str(), remarks.at(run.run_id).c_str());
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
