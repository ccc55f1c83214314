// The files of the MNIST database (LeCun, Cortes and Burges; "File formats for the MNIST database" on its
// page).
#pragma once

#include <filesystem>
#include <string_view>

#include "data/split.h"

namespace cellsweep::data {

// Reads <prefix>-images-idx3-ubyte and <prefix>-labels-idx1-ubyte of a directory, each plain (taken first) or
// .gz; MNIST's prefixes are "train" and "t10k". The rows of an image are the time steps. Throws UserError
// naming the file and byte offset.
Split load_idx(const std::filesystem::path& directory, std::string_view prefix, InputScale scale, Read read);

}  // namespace cellsweep::data
