// Counter-based random numbers: every number is a pure function of (seed, stream, index), so any rank can
// compute any part of a sequence, in any order, and gets the same on every platform.
#pragma once

#include <array>
#include <cstdint>

namespace cellsweep {

// What a sequence is for. Two purposes never share numbers, whatever the seed.
enum class RandomPurpose : std::uint32_t {
  shuffle = 1,
  initializer = 2,
  dropout = 3,
  synthetic_data = 4,
  sweep = 5
};

// One sequence of random numbers. A value type; all members are const and thread-safe.
class RandomSequence {
 public:
  // `stream` tells sequences of one purpose apart: an epoch, a parameter's index, a layer.
  RandomSequence(std::uint64_t seed, RandomPurpose purpose, std::uint32_t stream);

  // 64 uniform bits at `index`.
  std::uint64_t bits(std::uint64_t index) const;
  // Uniform in [0, 1) with 53 bits.
  double uniform(std::uint64_t index) const;
  // Uniform integer in [0, bound), bound > 0; the bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t index, std::uint64_t bound) const;
  // Standard normal by Box and Muller (Ann. Math. Stat. 29, 1958).
  double normal(std::uint64_t index) const;

 private:
  std::array<std::uint64_t, 2> block(std::uint64_t index) const;

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 2> high_counter_;
};

}  // namespace cellsweep
