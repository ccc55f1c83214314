// What a run measures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/metric.h"
#include "model/more_sums.h"

namespace cellsweep::model {

// The metrics of a run, and where the sums that they need are. Immutable, so thread-safe.
class MetricSet {
 public:
  // As metrics_of(); `outputs`: of the network, of a classification one a class.
  MetricSet(const std::optional<std::vector<std::string>>& wanted, Loss loss, std::int64_t outputs);

  const std::vector<const Metric*>& metrics() const { return metrics_; }
  const SumsLayout& layout() const { return layout_; }
  // Sums of no samples.
  MetricSums zeros() const;

 private:
  std::vector<const Metric*> metrics_;
  SumsLayout layout_;
};

// Adds the sums of some samples to those of others, of the same set.
void add(const MetricSums& sums, MetricSums& total);

}  // namespace cellsweep::model
