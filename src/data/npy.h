// Samples in NumPy's .npy files.
#pragma once

#include <cstdint>

#include "data/dataset.h"

namespace cellsweep::data {

// Reads a pair of files: inputs (samples, time, features) of float32, float64 (stored as float32) or uint8;
// labels (samples) of any integer type, each in [0, classes) or not negative when `classes` is 0; or, for a
// regression, targets (samples) of float32 or float64. Throws UserError naming the file and byte offset;
// numbers that are not finite are refused.
Dataset load_npy(const NpyFiles& files, std::int64_t classes);

}  // namespace cellsweep::data
