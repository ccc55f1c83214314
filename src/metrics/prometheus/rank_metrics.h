#pragma once

#include <span>
#include <vector>

#include "metrics/observer.h"
#include "metrics/prometheus/families.h"

namespace cellsweep::metrics {

// The only families with a label for the rank. One thread at a time.
class RankMetrics {
 public:
  // `families` outlives it.
  RankMetrics(Families& families, int ranks);

  void update(std::span<const RankReport> ranks);

 private:
  struct Rank {
    prometheus::Counter& compute;
    prometheus::Counter& all_reduce;
    prometheus::Counter& data;
    LazyGauge memory;
  };
  std::vector<Rank> ranks_;
};

}  // namespace cellsweep::metrics
