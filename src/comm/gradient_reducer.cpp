#include "comm/gradient_reducer.h"

#include <cassert>

#include "base/stopwatch.h"

namespace cellsweep::comm {

void GradientReducer::reduce(std::span<float> gradients, std::int64_t global_samples) {
  assert(global_samples > 0);
  const Stopwatch stopwatch;
  group_.all_reduce(gradients);
  const auto samples = static_cast<float>(global_samples);
  for (float& gradient : gradients) gradient /= samples;
  bytes_ += static_cast<std::int64_t>(gradients.size_bytes());
  seconds_ += stopwatch.seconds();
}

}  // namespace cellsweep::comm
