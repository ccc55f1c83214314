// Arrays out of an InputFile, converted as they are read.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/memory.h"
#include "data/input_file.h"

namespace cellsweep::data {

// Throws UserError if so many values, of `size` bytes each, are more than this process can have.
inline void require_room(const InputFile& file, std::uint64_t count, std::size_t size) {
  require_memory(static_cast<double>(count) * static_cast<double>(size),
                 file.name() + ": its " + std::to_string(count) + " values need",
                 "cut the file into a smaller one");
}

// The next `count` values, stored as `Stored` (little-endian or single bytes), each passed through
// `convert(value, index)`, which may throw. Throws UserError if they need more memory than this process can
// have. Memory grows with what is really there, whatever the header of a compressed file says.
template <class Value, class Stored, class Convert>
std::vector<Value> read_array(InputFile& file, std::uint64_t count, Convert convert) {
  constexpr std::uint64_t block_size = 1u << 15;
  require_room(file, count, sizeof(Value));
  std::vector<Value> values;
  if (!file.compressed()) values.reserve(count);
  std::vector<Stored> block(std::min(count, block_size));
  for (std::uint64_t begin = 0; begin < count; begin += block_size) {
    const std::size_t size = std::min(count - begin, block_size);
    file.read(std::as_writable_bytes(std::span(block).first(size)));
    values.resize(begin + size);
    for (std::size_t i = 0; i < size; ++i) values[begin + i] = convert(block[i], begin + i);
  }
  return values;
}

// A float that is not finite, or not as float32, in words.
template <class Stored>
std::string not_finite(Stored value) {
  if (std::isnan(value)) return "not a number (NaN)";
  return std::isinf(value) ? "infinite" : "too large for float32";
}

}  // namespace cellsweep::data
