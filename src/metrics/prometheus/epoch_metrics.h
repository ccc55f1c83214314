#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "metrics/observer.h"
#include "metrics/prometheus/families.h"

namespace cellsweep::metrics {

// One series an epoch, so that runs which started at different times can be laid over each other by epoch.
// Not all epochs of a long run: every k-th and the last one. One thread at a time.
class EpochMetrics {
 public:
  // `families` outlives it. `metrics`: those of the run. About `limit` of the `epochs` planned ones are kept.
  EpochMetrics(Families& families, const std::vector<MetricInfo>& metrics, std::int64_t epochs,
               std::int64_t limit);

  // `seconds`: from the beginning of the run to the end of this epoch.
  void add(const EpochReport& report, double seconds);

 private:
  using Family = prometheus::Family<prometheus::Gauge>;
  std::map<std::string, Family*, std::less<>> metrics_;  // by their names in training
  Family& end_;
  std::int64_t stride_;
  std::vector<LazyGauge> last_;  // of the last epoch, if it is none of the k-th
};

}  // namespace cellsweep::metrics
