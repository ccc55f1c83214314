#include "model/dropout.h"

namespace cellsweep::model {

void fill_dropout_mask(const DropoutPosition& position, double dropout, std::int64_t first_sample,
                       std::int64_t features, std::span<float> mask) {
  const DropoutSequence sequence(position, dropout);
  for (std::int64_t i = 0; i < std::ssize(mask); ++i)
    mask[i] = sequence.value(position.step, first_sample * features + i);
}

}  // namespace cellsweep::model
