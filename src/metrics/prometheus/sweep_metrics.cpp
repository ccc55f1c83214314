#include "metrics/prometheus/sweep_metrics.h"

#include <utility>

namespace cellsweep::metrics {

SweepMetrics::SweepMetrics(const std::string& sweep)
    : families_({{"sweep", sweep}}),
      runs_(families_.gauge("cellsweep_sweep_runs", "Runs of the sweep by their state.")),
      best_(families_.gauge("cellsweep_sweep_best", "Best value so far of the metric that ranks the runs.")) {
}

void SweepMetrics::update(const SweepProgress& progress) {
  const std::pair<const char*, std::size_t> states[] = {
      {"planned", progress.runs - progress.ended - progress.running - progress.interrupted},
      {"running", progress.running},
      {"finished", progress.finished},
      {"failed", progress.failed},
      {"diverged", progress.diverged},
      {"pruned", progress.pruned},
      {"interrupted", progress.interrupted}};
  for (const auto& [state, count] : states) runs_.Add({{"state", state}}).Set(static_cast<double>(count));
  if (progress.best) best_.Add({{"metric", progress.metric}}).Set(*progress.best);
}

}  // namespace cellsweep::metrics
