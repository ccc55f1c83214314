// What one core can do at most.
#pragma once

namespace cellsweep {

// This core's f32 multiply-add rate in GFLOP/s, measured for some 0.1 s. Step times of different machines
// compare only beside it.
double peak_gflops();

}  // namespace cellsweep
