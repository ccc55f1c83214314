#pragma once

#include <cstdint>

#include "train/train_options.h"

namespace cellsweep::train {

// The learning rate of update `update` (from 0) of `total_updates`, for base rate `base`. Keras' formulas:
// warm-up is linear from 0; step is ExponentialDecay(staircase=True); cosine is CosineDecay (Loshchilov and
// Hutter, 2017). Thread-safe.
double learning_rate(const ScheduleOptions& options, double base, std::int64_t update,
                     std::int64_t total_updates);

}  // namespace cellsweep::train
