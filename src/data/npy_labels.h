// The labels of samples in a .npy file.
#pragma once

#include <cstdint>
#include <string>

#include "data/labels.h"

namespace cellsweep::data {

// Reads (samples), (samples, 1) or one-hot (samples, classes) of any type in npy_types.h. Throws UserError
// naming the file and byte offset.
Labels read_npy_labels(const std::string& path, std::int64_t samples);

}  // namespace cellsweep::data
