#include "comm/gradient_reducer.h"

#include <cassert>

#include "base/stopwatch.h"
#include "comm/pairwise.h"

namespace cellsweep::comm {

std::span<float> GradientReducer::reduce(std::span<float> gradients, std::size_t shards,
                                         std::int64_t global_samples) {
  assert(global_samples > 0);
  const Stopwatch stopwatch;
  add_pairwise(gradients, shards);
  gradients = gradients.first(gradients.size() / shards);
  group_.all_reduce(gradients);
  const auto samples = static_cast<float>(global_samples);
  for (float& gradient : gradients) gradient /= samples;
  bytes_ += static_cast<std::int64_t>(gradients.size_bytes());
  seconds_ += stopwatch.seconds();
  return gradients;
}

}  // namespace cellsweep::comm
