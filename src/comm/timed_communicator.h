// A group that knows how long it was waited for.
#pragma once

#include "base/stopwatch.h"
#include "comm/communicator.h"

namespace cellsweep::comm {

// The group `inner`, which outlives it. Counts the seconds spent in all_reduce(), of which most is the wait
// for slower ranks.
class TimedCommunicator final : public Communicator {
 public:
  explicit TimedCommunicator(Communicator& inner) : inner_(inner) {}

  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  void all_reduce(std::span<float> values, Reduction reduction) override { reduce(values, reduction); }
  void all_reduce(std::span<double> values, Reduction reduction) override { reduce(values, reduction); }
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override { reduce(values, reduction); }
  void broadcast(std::span<std::byte> bytes, int root) override { inner_.broadcast(bytes, root); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    inner_.all_gather(mine, all);
  }
  void barrier() override { inner_.barrier(); }
  std::unique_ptr<Communicator> split(int color, int key) override { return inner_.split(color, key); }
  std::unique_ptr<Communicator> split_by_host() override { return inner_.split_by_host(); }
  std::shared_ptr<std::byte> allocate_shared(std::size_t bytes) override {
    return inner_.allocate_shared(bytes);
  }

  // Seconds spent in all_reduce() since it was made.
  double seconds() const { return seconds_; }

 private:
  template <class Value>
  void reduce(std::span<Value> values, Reduction reduction) {
    const Stopwatch stopwatch;
    inner_.all_reduce(values, reduction);
    seconds_ += stopwatch.seconds();
  }

  Communicator& inner_;
  double seconds_ = 0;
};

}  // namespace cellsweep::comm
