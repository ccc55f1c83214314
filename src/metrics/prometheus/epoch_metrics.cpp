#include "metrics/prometheus/epoch_metrics.h"

#include <algorithm>
#include <string>

namespace cellsweep::metrics {

EpochMetrics::EpochMetrics(Families& families, std::int64_t epochs, std::int64_t limit)
    : loss_(families.gauge("cellsweep_epoch_loss", "Mean loss of an epoch, over all ranks.")),
      accuracy_(families.gauge("cellsweep_epoch_accuracy", "Share of hits in an epoch, over all ranks.")),
      end_(families.gauge("cellsweep_epoch_end_seconds",
                          "Seconds from the beginning of the run to the end of an epoch.")),
      stride_(std::max<std::int64_t>(1, (epochs + limit - 1) / limit)) {}

void EpochMetrics::add(const EpochReport& report, double seconds) {
  for (LazyGauge& gauge : last_) gauge.remove();
  last_.clear();
  const std::string epoch = std::to_string(report.epoch);
  const auto set = [&](Family& family, const char* split, double value) {
    prometheus::Labels labels{{"epoch", epoch}};
    if (split != nullptr) labels.emplace("split", split);
    last_.emplace_back(family, std::move(labels)).set(value);
  };
  set(loss_, "train", report.loss);
  set(loss_, "validation", report.val_loss);
  if (report.accuracy) set(accuracy_, "train", *report.accuracy);
  if (report.val_accuracy) set(accuracy_, "validation", *report.val_accuracy);
  set(end_, nullptr, seconds);
  if (report.epoch % stride_ == 0) last_.clear();
}

}  // namespace cellsweep::metrics
