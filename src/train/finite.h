// Whether a run's numbers are still numbers: neither NaN nor infinite.
#pragma once

#include <span>
#include <string>

#include "model/layout.h"
#include "model/network.h"

namespace cellsweep::train {

// Thread-safe.
bool all_finite(std::span<const float> values);

// What a rank holds between two steps. Spans are empty if there is nothing of the kind.
struct HeldState {
  std::span<const model::MetricSums> sums{};                 // of the epoch so far
  std::span<const float> parameters{}, moving_statistics{};  // laid out as the layout says
  std::span<const float> first{}, second{};  // the optimizer's moments, laid out as the parameters
  std::span<const float> gradients{};        // accumulated ones of each shard, one after the other
};

// What of it is not finite, in words, such as "loss" or "the weight rnn.kernel": one thing of perhaps
// several. Empty if all is finite. Thread-safe.
std::string find_not_finite(const model::Layout& layout, const HeldState& state);

}  // namespace cellsweep::train
