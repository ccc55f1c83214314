// Samples in NumPy's .npy files.
#pragma once

#include "data/split.h"

namespace cellsweep::data {

// Reads a pair of files. Inputs: (samples, time, features) of float32, float64 (stored as float32) or uint8.
// Labels: (samples) or (samples, 1) of integers, bools, float32 or float64; for classes also (samples,
// classes), one-hot, of any of these. Throws UserError naming the file and byte offset; numbers that are not
// finite are refused.
Split load_npy(const NpyFiles& files, const DataOptions& options, Read read);

}  // namespace cellsweep::data
