#include "data/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "data/npy_header.h"
#include "data/read_array.h"

namespace cellsweep::data {
namespace {

static_assert(std::endian::native == std::endian::little, "the files are read as they are");

// A type string from a file, fit to be shown on a terminal.
std::string printable(std::string_view type) {
  std::string text(type.substr(0, 16));
  std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return '\'' + text + '\'';
}

std::size_t item_size(std::string_view type) {
  return type.size() == 3 && type[2] >= '1' && type[2] <= '8' ? static_cast<std::size_t>(type[2] - '0') : 0;
}

template <class Stored>
std::vector<float> read_floats(InputFile& file, std::uint64_t count) {
  const std::uint64_t start = file.offset();
  return read_array<float, Stored>(file, count, [&](Stored stored, std::uint64_t index) {
    const auto value = static_cast<float>(stored);
    if (!std::isfinite(value))
      file.fail(start + index * sizeof(Stored),
                "value " + std::to_string(index) + " is infinite, not a number, or too large for float32");
    return value;
  });
}

void read_inputs(const std::string& path, Dataset& set) {
  InputFile file(path);
  const auto [type, shape, header] = read_npy_header(file);
  if (type != "<f4" && type != "<f8" && type != "|u1")
    file.fail(header, "the inputs are of type " + printable(type) +
                          "; they must be float32 '<f4', float64 '<f8' or uint8 '|u1'");
  if (shape.size() != 3)
    file.fail(header, "the inputs have " + std::to_string(shape.size()) +
                          " dimensions; they must have 3: (samples, time, features)");
  const auto count = file.expect_array(shape, item_size(type), header);
  set.samples = shape[0];
  set.time = shape[1];
  set.features = shape[2];
  if (type == "|u1")
    set.inputs = read_array<std::uint8_t, std::uint8_t>(
        file, count, [](std::uint8_t value, std::uint64_t) { return value; });
  else
    set.inputs = type == "<f4" ? read_floats<float>(file, count) : read_floats<double>(file, count);
  file.expect_end();
}

void read_labels_or_targets(const std::string& path, std::int64_t classes, Dataset& set) {
  InputFile file(path);
  const auto [type, shape, header] = read_npy_header(file);
  constexpr std::string_view known[] = {"<f4", "<f8", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"};
  if (std::find(std::begin(known), std::end(known), type) == std::end(known))
    file.fail(header, "the labels are of type " + printable(type) +
                          "; they must be integers, or floats for a regression");
  if (shape.size() != 1)
    file.fail(header,
              "the labels have " + std::to_string(shape.size()) + " dimensions; they must have 1: (samples)");
  if (shape[0] != set.samples)
    file.fail(header, "there are " + std::to_string(shape[0]) + " labels for " + std::to_string(set.samples) +
                          " inputs; the numbers must be equal");
  const auto count = file.expect_array(shape, item_size(type), header);
  if (type == "<f4") set.targets = read_floats<float>(file, count);
  if (type == "<f8") set.targets = read_floats<double>(file, count);
  if (type == "|u1") set.labels = read_labels<std::uint8_t>(file, count, classes);
  if (type == "|i1") set.labels = read_labels<std::int8_t>(file, count, classes);
  if (type == "<u2") set.labels = read_labels<std::uint16_t>(file, count, classes);
  if (type == "<i2") set.labels = read_labels<std::int16_t>(file, count, classes);
  if (type == "<u4") set.labels = read_labels<std::uint32_t>(file, count, classes);
  if (type == "<i4") set.labels = read_labels<std::int32_t>(file, count, classes);
  if (type == "<u8") set.labels = read_labels<std::uint64_t>(file, count, classes);
  if (type == "<i8") set.labels = read_labels<std::int64_t>(file, count, classes);
  file.expect_end();
}

}  // namespace

Dataset load_npy(const NpyFiles& files, std::int64_t classes) {
  Dataset set;
  read_inputs(files.inputs, set);
  read_labels_or_targets(files.labels, classes, set);
  return set;
}

}  // namespace cellsweep::data
