// Arrays out of an InputFile, converted as they are read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "data/input_file.h"

namespace cellsweep::data {

// The next `count` values, stored as `Stored` (little-endian or single bytes), each passed through
// `convert(value, index)`, which may throw. Memory grows with what is really there, however much a compressed
// file promises.
template <class Value, class Stored, class Convert>
std::vector<Value> read_array(InputFile& file, std::uint64_t count, Convert convert) {
  constexpr std::uint64_t block_size = 1u << 15;
  std::vector<Value> values;
  try {
    if (!file.compressed()) values.reserve(count);
  } catch (const std::exception&) {
    file.fail(file.offset(), "the " + std::to_string(count) + " values from here on do not fit in memory");
  }
  std::vector<Stored> block(static_cast<std::size_t>(std::min(count, block_size)));
  for (std::uint64_t begin = 0; begin < count; begin += block_size) {
    const auto size = static_cast<std::size_t>(std::min(count - begin, block_size));
    file.read(std::as_writable_bytes(std::span(block).first(size)));
    values.resize(begin + size);
    for (std::size_t i = 0; i < size; ++i) values[begin + i] = convert(block[i], begin + i);
  }
  return values;
}

// The next `count` values as labels, each in [0, classes), or not negative when `classes` is 0. The error
// names the sample.
template <class Stored>
std::vector<std::int32_t> read_labels(InputFile& file, std::uint64_t count, std::int64_t classes) {
  constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
  const auto bound = static_cast<std::uint64_t>(classes > 0 ? std::min(classes, largest) : largest);
  const std::uint64_t start = file.offset();
  return read_array<std::int32_t, Stored>(file, count, [&](Stored value, std::uint64_t sample) {
    // A negative label turns into a number above every bound.
    if (static_cast<std::uint64_t>(value) >= bound)
      file.fail(start + sample * sizeof(Stored),
                "the label " + std::to_string(value) + " of sample " + std::to_string(sample) +
                    " is outside the classes; it must be in [0, " + std::to_string(bound) + ")");
    return static_cast<std::int32_t>(value);
  });
}

}  // namespace cellsweep::data
