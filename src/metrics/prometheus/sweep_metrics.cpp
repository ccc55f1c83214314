#include "metrics/prometheus/sweep_metrics.h"

#include <string>
#include <string_view>

namespace cellsweep::metrics {

SweepMetrics::SweepMetrics(const std::string& sweep)
    : families_({{"sweep", sweep}}),
      runs_(families_.gauge("cellsweep_sweep_runs", "Runs of the sweep by their state.")),
      best_(families_.gauge("cellsweep_sweep_best", "Best value so far of the metric that ranks the runs.")) {
}

void SweepMetrics::update(const SweepProgress& progress) {
  for (const std::string_view name : enum_names<RunState>)
    runs_.Add({{"state", std::string(name)}})
        .Set(static_cast<double>(progress.counts[*from_name<RunState>(name)]));
  if (progress.best) best_.Add({{"metric", progress.metric}}).Set(*progress.best);
}

}  // namespace cellsweep::metrics
