// The header of NumPy's .npy files (NEP 1 and numpy.lib.format), versions 1, 2 and 3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/input_file.h"

namespace cellsweep::data {

struct NpyHeader {
  std::string type;                 // NumPy's type string, "<f4"
  std::vector<std::int64_t> shape;  // every dimension ≥ 0
  std::uint64_t offset = 0;         // where in the file the two are said
};

// Reads the header from the front of a file and leaves it at the first value. Throws UserError for anything
// but a plain array in C order: objects (pickles), structures, Fortran order, big-endian numbers.
NpyHeader read_npy_header(InputFile& file);

}  // namespace cellsweep::data
