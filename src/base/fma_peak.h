// What one core can do at most.
#pragma once

namespace cellsweep {

// This core's f32 multiply-add rate in GFLOP/s with its widest registers, measured for some 0.05 s. Step
// times of different machines compare only beside it.
double measure_fma_peak();

}  // namespace cellsweep
