// What each rank of a group spends its time on, for whoever watches the group.
#pragma once

#include <functional>
#include <vector>

#include "base/stopwatch.h"
#include "comm/communicator.h"
#include "metrics/observer.h"

namespace cellsweep::train {

// Adds up a rank's times, and gathers those of all ranks. `group` outlives it.
class RankTimes {
 public:
  // `statistics_seconds`: what this rank has spent so far on reductions within forward and backward.
  RankTimes(comm::Communicator& group, std::function<double()> statistics_seconds);

  void add(const metrics::StepReport& step);
  // Whether a second has gone by since gather(): seldom enough to cost nothing.
  bool is_due() const;
  // Collective: the sums of every rank, in rank order.
  std::vector<metrics::RankReport> gather();

 private:
  comm::Communicator& group_;
  std::function<double()> statistics_seconds_;
  const double statistics_before_;
  metrics::RankReport mine_;
  Stopwatch since_gathered_;
};

}  // namespace cellsweep::train
