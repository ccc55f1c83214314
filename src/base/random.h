// Counter-based random numbers: every number is a pure function of (seed, stream, index), so any rank can
// compute any part of a sequence, in any order, and gets the same on every platform, on a GPU too.
#pragma once

#include <cstdint>

#include "base/host_device.h"

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
  // `stream` distinguishes sequences of one purpose: an epoch, a parameter's index, a layer.
  RandomSequence(std::uint64_t seed, RandomPurpose purpose, std::uint32_t stream)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        high_counter_{stream, static_cast<std::uint32_t>(purpose)} {}

  // 64 uniform bits at `index`.
  CELLSWEEP_HOST_DEVICE std::uint64_t bits(std::uint64_t index) const { return block(index).first; }
  // Uniform in [0, 1) with 53 bits.
  CELLSWEEP_HOST_DEVICE double uniform(std::uint64_t index) const { return to_unit(bits(index)); }
  // Uniform integer in [0, bound), bound > 0; the bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t index, std::uint64_t bound) const;
  // Standard normal by Box and Muller (Ann. Math. Stat. 29, 1958).
  double normal(std::uint64_t index) const;

 private:
  struct Block {
    std::uint64_t first, second;
  };

  // Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): constants and
  // rounds of section 3.3.
  CELLSWEEP_HOST_DEVICE Block block(std::uint64_t index) const {
    std::uint32_t counter[] = {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                               high_counter_[0], high_counter_[1]};
    std::uint32_t key[] = {key_[0], key_[1]};
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t product0 = 0xD2511F53ull * counter[0];
      const std::uint64_t product1 = 0xCD9E8D57ull * counter[2];
      counter[0] = static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0];
      counter[1] = static_cast<std::uint32_t>(product1);
      counter[2] = static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1];
      counter[3] = static_cast<std::uint32_t>(product0);
      key[0] += 0x9E3779B9u;
      key[1] += 0xBB67AE85u;
    }
    return {(static_cast<std::uint64_t>(counter[1]) << 32) | counter[0],
            (static_cast<std::uint64_t>(counter[3]) << 32) | counter[2]};
  }

  CELLSWEEP_HOST_DEVICE static double to_unit(std::uint64_t bits) {
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }

  std::uint32_t key_[2];
  std::uint32_t high_counter_[2];
};

}  // namespace cellsweep
