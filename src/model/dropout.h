// Keras' `dropout` of a recurrent layer: input features dropped, the same ones at every time step of a
// sample.
#pragma once

#include <cstdint>
#include <span>

#include "base/host_device.h"
#include "base/random.h"

namespace cellsweep::model {

// Which mask: that of one direction of one layer in one step.
struct DropoutPosition {
  std::uint64_t seed = 0;
  std::int64_t step = 0;
  std::int64_t layer = 0;
  bool backward = false;
};

// The values of the masks of one direction of one layer.
class DropoutSequence {
 public:
  // position.step is not looked at.
  DropoutSequence(const DropoutPosition& position, double dropout)
      : random_(position.seed, RandomPurpose::dropout,
                static_cast<std::uint32_t>(position.layer * 2 + (position.backward ? 1 : 0))),
        dropout_(dropout),
        scale_(static_cast<float>(1 / (1 - dropout))) {}

  // 0 at the rate `dropout`, and 1 / (1 - dropout) elsewhere, for value `index` (sample * features + feature)
  // of the global batch.
  CELLSWEEP_HOST_DEVICE float value(std::int64_t step, std::int64_t index) const {
    // 2^32 numbers a step: more than a batch has features.
    const std::uint64_t at = (static_cast<std::uint64_t>(step) << 32) + static_cast<std::uint64_t>(index);
    return random_.uniform(at) < dropout_ ? 0.0f : scale_;
  }

 private:
  RandomSequence random_;
  double dropout_;
  float scale_;
};

// Fills `mask` (samples, features). A sample's row is a pure function of the position and of the sample's
// position in the global batch, which is `first_sample` for the first row.
void fill_dropout_mask(const DropoutPosition& position, double dropout, std::int64_t first_sample,
                       std::int64_t features, std::span<float> mask);

}  // namespace cellsweep::model
