// The value of a series.
#pragma once

#include <prometheus/metric_family.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace cellsweep::metrics {

inline double value_of(const std::vector<prometheus::MetricFamily>& families, const std::string& name,
                       const std::vector<std::pair<std::string, std::string>>& labels = {}) {
  for (const auto& family : families)
    for (const auto& metric : family.metric) {
      if (family.name != name) continue;
      const bool fits = std::ranges::all_of(labels, [&](const auto& label) {
        return std::ranges::any_of(metric.label, [&](const auto& has) {
          return has.name == label.first && has.value == label.second;
        });
      });
      if (fits)
        return family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
    }
  return NAN;
}

}  // namespace cellsweep::metrics
