#include "train/gradient_norm.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace cellsweep::train {

// Several sums, so that no addition waits for the one before.
double l2_norm(std::span<const float> values) {
  std::array<double, 16> sums{};
  std::size_t at = 0;
  for (; at + sums.size() <= values.size(); at += sums.size())
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      const double value = values[at + lane];
      sums[lane] += value * value;
    }
  double total = 0;
  for (; at < values.size(); ++at) total += static_cast<double>(values[at]) * values[at];
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

}  // namespace cellsweep::train
