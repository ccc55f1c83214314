#include "base/fma_peak.h"

#include <algorithm>
#include <limits>

#include "base/stopwatch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "base/fma_peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cellsweep::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Independent sums, which stay in registers and hide the latency of two units of five cycles.
constexpr int chains = 12;
constexpr int rounds = 100000;
constexpr int trials = 20;

double run_fma_peak() {
  const hn::CappedTag<float, 16> d;
  // Volatile, and different for each sum, so that the compiler can neither foresee nor merge the sums.
  volatile float seed = 0.999f;
  const auto factor = hn::Set(d, seed);
  hn::Vec<decltype(d)> sums[chains];
#pragma GCC unroll 12
  for (int chain = 0; chain < chains; ++chain) sums[chain] = hn::Set(d, seed * static_cast<float>(chain));
  double shortest = std::numeric_limits<double>::infinity();
  for (int trial = 0; trial < trials; ++trial) {
    const Stopwatch stopwatch;
    for (int round = 0; round < rounds; ++round)
#pragma GCC unroll 12
      for (int chain = 0; chain < chains; ++chain) sums[chain] = hn::MulAdd(sums[chain], factor, factor);
    shortest = std::min(shortest, stopwatch.seconds());
  }
  volatile float sink = 0;
  for (const auto& sum : sums) sink = sink + hn::GetLane(sum);
  return 2.0 * static_cast<double>(hn::Lanes(d)) * chains * rounds / shortest / 1e9;
}

}  // namespace cellsweep::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cellsweep {

HWY_EXPORT(run_fma_peak);

double measure_fma_peak() {
  return HWY_DYNAMIC_DISPATCH(run_fma_peak)();
}

}  // namespace cellsweep
#endif
