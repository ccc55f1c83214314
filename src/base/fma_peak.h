// What one core can do at most.
#pragma once

namespace cellsweep {

// This core's f32 multiply-add rate in GFLOP/s with its widest registers, the best of twenty times some
// 0.3 ms, so that other work on the core is not taken for a slow core. Step times of different machines
// compare only beside it.
double measure_fma_peak();

}  // namespace cellsweep
