#include "fma_peak.h"

#include <array>
#include <chrono>

namespace cellsweep {
namespace {

#ifdef __AVX512F__
constexpr int lanes = 16;
#else
constexpr int lanes = 8;
#endif
// Independent sums, which stay in registers and hide the latency of two units of five cycles.
constexpr int chains = 12;
constexpr int rounds = 20'000'000;
using Vector [[gnu::vector_size(lanes * sizeof(float))]] = float;

}  // namespace

double peak_gflops() {
  // Volatile, and different for each sum, so that the compiler can neither foresee nor merge the sums.
  volatile float seed = 0.999f;
  const float value = seed;
  std::array<Vector, chains> sums{};
  for (int chain = 0; chain < chains; ++chain) sums[chain] += seed * static_cast<float>(chain);
  const Vector factor = Vector{} + value, addend = Vector{} + value;
  const auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int chain = 0; chain < chains; ++chain) sums[chain] = sums[chain] * factor + addend;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  volatile float sink = 0;
  for (const Vector& sum : sums) sink = sink + sum[0];
  return 2.0 * lanes * chains * rounds / elapsed.count() / 1e9;
}

}  // namespace cellsweep
