#include "metrics/prometheus/epoch_metrics.h"

#include <algorithm>
#include <string>

#include "base/metric_name.h"

namespace cellsweep::metrics {

EpochMetrics::EpochMetrics(Families& families, const std::vector<MetricInfo>& metrics, std::int64_t epochs,
                           std::int64_t limit)
    : end_(families.gauge("cellsweep_epoch_end_seconds",
                          "Seconds from the beginning of the run to the end of an epoch.")),
      stride_(std::max<std::int64_t>(1, (epochs + limit - 1) / limit)) {
  for (const MetricInfo& metric : metrics)
    metrics_.emplace(metric.name,
                     &families.gauge(("cellsweep_epoch_" + metric.name).c_str(),
                                     (metric.meaning + " of an epoch, over all ranks.").c_str()));
}

void EpochMetrics::add(const EpochReport& report, double seconds) {
  for (LazyGauge& gauge : last_) gauge.remove();
  last_.clear();
  const std::string epoch = std::to_string(report.epoch);
  const auto set = [&](Family& family, const char* split, double value) {
    prometheus::Labels labels{{"epoch", epoch}};
    if (split != nullptr) labels.emplace("split", split);
    last_.emplace_back(family, std::move(labels)).set(value);
  };
  for (const auto& [name, value] : report.metrics)
    if (const auto family = metrics_.find(without_validation(name)); family != metrics_.end())
      set(*family->second, is_validation(name) ? "validation" : "train", value);
  set(end_, nullptr, seconds);
  if (report.epoch % stride_ == 0) last_.clear();
}

}  // namespace cellsweep::metrics
