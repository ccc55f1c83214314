// A group that knows how long it was waited for.
#pragma once

#include "base/stopwatch.h"
#include "comm/delegating_communicator.h"

namespace cellsweep::comm {

// The group `inner`, which outlives it. Counts the seconds spent in all_reduce(), of which most is the wait
// for slower ranks.
class TimedCommunicator final : public DelegatingCommunicator {
 public:
  using DelegatingCommunicator::DelegatingCommunicator;

  void all_reduce(std::span<float> values, Reduction reduction) override { reduce(values, reduction); }
  void all_reduce(std::span<double> values, Reduction reduction) override { reduce(values, reduction); }
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override { reduce(values, reduction); }

  // Seconds spent in all_reduce() since it was made.
  double seconds() const { return seconds_; }

 private:
  template <class Value>
  void reduce(std::span<Value> values, Reduction reduction) {
    const Stopwatch stopwatch;
    inner_.all_reduce(values, reduction);
    seconds_ += stopwatch.seconds();
  }

  double seconds_ = 0;
};

}  // namespace cellsweep::comm
