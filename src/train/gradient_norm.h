#pragma once

#include <span>

namespace cellsweep::train {

// The L2 norm of the values, summed in double. Thread-safe.
double l2_norm(std::span<const float> values);

}  // namespace cellsweep::train
