#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace cellsweep::metrics {

// Prometheus' standard metrics of a process
// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). Thread-safe.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace cellsweep::metrics
