// Keras' `dropout` of a recurrent layer: input features dropped, the same ones at every time step of a
// sample.
#pragma once

#include <cstdint>
#include <span>

namespace cellsweep::model {

// Which mask: of one direction of one layer, in one step.
struct DropoutPlace {
  std::uint64_t seed = 0;
  std::int64_t step = 0;
  std::int64_t layer = 0;
  bool backward = false;
};

// Fills `mask` (samples, features) with 0 at the rate `dropout` and 1 / (1 - dropout) elsewhere. A sample's
// row is a pure function of the place and of the sample's position in the global batch, which is
// `first_sample` for the first row.
void fill_dropout_mask(const DropoutPlace& place, double dropout, std::int64_t first_sample,
                       std::int64_t features, std::span<float> mask);

}  // namespace cellsweep::model
