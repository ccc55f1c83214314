// The inputs of a set out of an InputFile.
#pragma once

#include <cmath>
#include <concepts>
#include <string>

#include "data/input_file.h"
#include "data/read_array.h"
#include "data/split.h"

namespace cellsweep::data {

// Reads the next `count` values, stored as `Stored`, as the inputs of split.set, whose sizes are known, and
// looks whether the file ends there. An outline gets only the type. Bytes stay bytes, with a divisor;
// floats are scaled as they are read. Numbers that are not finite are errors.
template <class Stored>
void read_inputs(InputFile& file, std::uint64_t count, InputScale scale, Read read, Split& split) {
  Dataset& set = split.set;
  if constexpr (std::same_as<Stored, std::uint8_t>) {
    set.byte_divisor = scale == InputScale::none ? 1 : 255;
    split.scaled = "the uint8 inputs of " + file.name() +
                   (scale == InputScale::none ? " are taken as they are" : " are divided by 255");
    set.inputs = Array<std::uint8_t>();
    if (read == Read::outline) return;
    set.inputs = read_array<std::uint8_t, std::uint8_t>(
        file, count, [](std::uint8_t value, std::uint64_t) { return value; });
  } else {
    const bool is_scaled = scale == InputScale::by_255;
    if (is_scaled) split.scaled = "the inputs of " + file.name() + " are divided by 255";
    set.inputs = Array<float>();
    if (read == Read::outline) return;
    const std::uint64_t start = file.offset();
    set.inputs = read_array<float, Stored>(file, count, [&](Stored stored, std::uint64_t index) {
      const auto value = static_cast<float>(stored);
      if (!std::isfinite(value)) {
        const auto features = static_cast<std::uint64_t>(set.features);
        const auto time = static_cast<std::uint64_t>(set.time);
        file.fail(start + index * sizeof(Stored),
                  "the input of sample " + std::to_string(index / features / time) + ", step " +
                      std::to_string(index / features % time) + ", feature " +
                      std::to_string(index % features) + " is " + not_finite(stored) +
                      "; inputs must be finite float32 numbers");
      }
      return is_scaled ? value / 255 : value;
    });
  }
  file.expect_end();
}

}  // namespace cellsweep::data
