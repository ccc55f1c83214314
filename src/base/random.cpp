#include "base/random.h"

#include <cmath>
#include <numbers>

namespace cellsweep {
namespace {

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): constants and rounds
// of section 3.3.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = 0xD2511F53ull * counter[0];
    const std::uint64_t product1 = 0xCD9E8D57ull * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

double to_unit(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace

RandomSequence::RandomSequence(std::uint64_t seed, RandomPurpose purpose, std::uint32_t stream)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      high_counter_{stream, static_cast<std::uint32_t>(purpose)} {}

std::array<std::uint64_t, 2> RandomSequence::block(std::uint64_t index) const {
  const auto words = philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                             high_counter_[0], high_counter_[1]},
                            key_);
  return {(static_cast<std::uint64_t>(words[1]) << 32) | words[0],
          (static_cast<std::uint64_t>(words[3]) << 32) | words[2]};
}

std::uint64_t RandomSequence::bits(std::uint64_t index) const {
  return block(index)[0];
}

double RandomSequence::uniform(std::uint64_t index) const {
  return to_unit(bits(index));
}

std::uint64_t RandomSequence::below(std::uint64_t index, std::uint64_t bound) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * bound) >> 64);
}

double RandomSequence::normal(std::uint64_t index) const {
  const auto words = block(index);
  const double radius = std::sqrt(-2.0 * std::log(1.0 - to_unit(words[0])));
  return radius * std::cos(2.0 * std::numbers::pi * to_unit(words[1]));
}

}  // namespace cellsweep
