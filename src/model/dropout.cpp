#include "model/dropout.h"

#include "base/random.h"

namespace cellsweep::model {

void fill_dropout_mask(const DropoutPlace& place, double dropout, std::int64_t first_sample,
                       std::int64_t features, std::span<float> mask) {
  const auto stream = static_cast<std::uint32_t>(place.layer * 2 + (place.backward ? 1 : 0));
  const RandomSequence random(place.seed, RandomPurpose::dropout, stream);
  // 2^32 numbers a step: more than a batch has features.
  const std::uint64_t begin = (static_cast<std::uint64_t>(place.step) << 32) +
                              static_cast<std::uint64_t>(first_sample) * static_cast<std::uint64_t>(features);
  const auto scale = static_cast<float>(1 / (1 - dropout));
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = random.uniform(begin + i) < dropout ? 0.0F : scale;
}

}  // namespace cellsweep::model
