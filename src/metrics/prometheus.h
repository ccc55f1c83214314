#pragma once

#include <memory>

#include "metrics/metrics_options.h"
#include "metrics/observer.h"

namespace cellsweep::metrics {

// Serves the metrics of the runs it observes over HTTP at /metrics, one run after the other. A port that is
// taken is warned about, and the observer then serves nobody. Returns null where the options disable it.
std::unique_ptr<Observer> make_prometheus_observer(const PrometheusOptions& options);

}  // namespace cellsweep::metrics
