#include "base/random.h"

#include <cmath>
#include <numbers>

namespace cellsweep {

std::uint64_t RandomSequence::below(std::uint64_t index, std::uint64_t bound) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * bound) >> 64);
}

double RandomSequence::normal(std::uint64_t index) const {
  const Block numbers = block(index);
  const double radius = std::sqrt(-2.0 * std::log(1.0 - to_unit(numbers.first)));
  return radius * std::cos(2.0 * std::numbers::pi * to_unit(numbers.second));
}

}  // namespace cellsweep
