#pragma once

#include <cstdint>
#include <span>

#include "comm/communicator.h"

namespace cellsweep::comm {

// Adds gradients up over a group. `group` outlives it.
class GradientReducer {
 public:
  explicit GradientReducer(Communicator& group) : group_(group) {}

  // Collective. `gradients` are those of the sum of the loss over each shard of this rank's slice, (shards,
  // size). Returns the group's sum divided by `global_samples`, the gradient of the mean over the global
  // batch: (size), the first part of `gradients`. Bitwise equal on all ranks.
  std::span<float> reduce(std::span<float> gradients, std::size_t shards, std::int64_t global_samples);

  // Seconds spent in reduce() since it was made.
  double seconds() const { return seconds_; }
  // Bytes that this rank has given to reduce().
  std::int64_t bytes() const { return bytes_; }

 private:
  Communicator& group_;
  double seconds_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace cellsweep::comm
