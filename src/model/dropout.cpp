#include "model/dropout.h"

namespace cellsweep::model {

void fill_dropout_mask(const DropoutPlace& place, double dropout, std::int64_t first_sample,
                       std::int64_t features, std::span<float> mask) {
  const DropoutSequence sequence(place, dropout);
  for (std::int64_t i = 0; i < std::ssize(mask); ++i)
    mask[static_cast<std::size_t>(i)] = sequence.value(place.step, first_sample * features + i);
}

}  // namespace cellsweep::model
