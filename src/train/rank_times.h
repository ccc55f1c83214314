// What each rank of a group spends its time on, for whoever watches the group.
#pragma once

#include <vector>

#include "base/stopwatch.h"
#include "comm/communicator.h"
#include "metrics/observer.h"
#include "train/stepper.h"

namespace cellsweep::train {

// Sums a rank's times, and gathers those of all ranks. `group` outlives it.
class RankTimes {
 public:
  explicit RankTimes(comm::Communicator& group) : group_(group) {}

  void add(const StepFacts& step);
  // Whether a second has gone by since gather(): seldom enough to cost nothing.
  bool is_due() const;
  // Collective: the sums of every rank, in rank order.
  std::vector<metrics::RankReport> gather();

 private:
  comm::Communicator& group_;
  metrics::RankReport mine_;
  Stopwatch since_gathered_;
};

}  // namespace cellsweep::train
