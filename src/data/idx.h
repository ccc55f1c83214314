// The files of the MNIST database (LeCun, Cortes and Burges; "File formats for the MNIST database" on its
// page).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "data/dataset.h"

namespace cellsweep::data {

// Reads <prefix>-images-idx3-ubyte and <prefix>-labels-idx1-ubyte of a directory, each plain (taken first) or
// .gz; MNIST's prefixes are "train" and "t10k". The rows of an image are the time steps. Labels must be in
// [0, classes), any when `classes` is 0. Throws UserError naming the file and byte offset.
Dataset load_idx(const std::filesystem::path& directory, std::string_view prefix, std::int64_t classes);

}  // namespace cellsweep::data
