#include "data/npy_labels.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

#include "data/npy_header.h"
#include "data/npy_types.h"
#include "data/read_array.h"

namespace cellsweep::data {
namespace {

// Every whole number up to here is a double.
constexpr double largest_whole = 9007199254740992.0;

template <class Stored>
std::string text_of(Stored value) {
  if constexpr (std::same_as<Stored, Bool>)
    return std::to_string(static_cast<int>(value));
  else
    return fmt::format("{}", value);
}

template <class Stored>
std::int64_t whole(const InputFile& file, std::uint64_t offset, Stored value, std::uint64_t sample) {
  if constexpr (std::same_as<Stored, std::uint64_t>)
    if (!std::in_range<std::int64_t>(value))
      file.fail(offset,
                fmt::format("the label {} of sample {} is too large for a class number", value, sample));
  if constexpr (std::same_as<Stored, Bool>)
    if (static_cast<int>(value) > 1)
      file.fail(offset,
                fmt::format("the bool of sample {} is {}; it must be 0 or 1", sample, text_of(value)));
  return static_cast<std::int64_t>(value);
}

// An array of class numbers or targets.
template <class Stored>
void read_numbers(InputFile& file, std::uint64_t count, Labels& labels) {
  if constexpr (std::floating_point<Stored>) {
    bool are_whole = true;
    labels.reals = read_array<float, Stored>(file, count, [&](Stored stored, std::uint64_t sample) {
      const auto value = static_cast<float>(stored);
      if (!std::isfinite(value))
        labels.fail(
            static_cast<std::int64_t>(sample),
            fmt::format("the label of sample {} is {}; labels and targets must be finite float32 numbers",
                        sample, not_finite(stored)));
      are_whole = are_whole && std::trunc(stored) == stored && std::abs(stored) <= largest_whole;
      if (are_whole) labels.numbers.push_back(static_cast<std::int64_t>(stored));
      return value;
    });
    if (!are_whole) labels.numbers = {};
  } else {
    labels.numbers = read_array<std::int64_t, Stored>(file, count, [&](Stored value, std::uint64_t sample) {
      return whole(file, labels.start + sample * labels.stride, value, sample);
    });
  }
}

// Rows with a 1 and else zeros.
template <class Stored>
void read_one_hot(InputFile& file, std::int64_t samples, std::int64_t columns, Labels& labels) {
  const auto width = static_cast<std::uint64_t>(columns);
  const std::string right = fmt::format(
      "; labels of shape ({}, {}) must be one-hot, a 1 and else zeros in each row; class numbers and targets "
      "have the "
      "shape (samples)",
      samples, columns);
  std::vector<std::int64_t> numbers(samples, -1);
  read_array<bool, Stored>(file, static_cast<std::uint64_t>(samples) * width,
                           [&](Stored value, std::uint64_t at) {
                             const auto sample = static_cast<std::int64_t>(at / width);
                             std::int64_t& number = numbers[sample];
                             const bool is_one = value == static_cast<Stored>(1);
                             if (!is_one && value != static_cast<Stored>(0))
                               labels.fail(sample, fmt::format("column {} of sample {} is {}{}", at % width,
                                                               sample, text_of(value), right));
                             if (is_one && number >= 0)
                               labels.fail(sample, fmt::format("sample {} has a 1 in the columns {} and {}{}",
                                                               sample, number, at % width, right));
                             if (is_one) number = static_cast<std::int64_t>(at % width);
                             if (at % width == width - 1 && number < 0)
                               labels.fail(sample, fmt::format("sample {} has no 1{}", sample, right));
                             return is_one;
                           });
  labels.numbers = std::move(numbers);
  labels.columns = columns;
  labels.notice =
      fmt::format("{}: the labels are one-hot, and are taken as {} classes", labels.file, columns);
}

}  // namespace

Labels read_npy_labels(const std::string& path, std::int64_t samples) {
  InputFile file(path);
  const auto [type, shape, header] = read_npy_header(file);
  if (shape.empty() || shape.size() > 2)
    file.fail(header,
              fmt::format("the labels have {} dimensions; they must have 1, (samples), or 2, one-hot: "
                          "(samples, classes)",
                          shape.size()));
  const std::int64_t columns = shape.size() == 1 ? 1 : shape[1];
  Labels labels;
  labels.file = file.name();
  const bool is_known = with_type(type, [&]<class Stored>(const char* name) {
    if (shape[0] != samples)
      file.fail(header, fmt::format("there are {} labels for {} inputs; the numbers must be equal", shape[0],
                                    samples));
    const auto count = file.expect_array(shape, sizeof(Stored), header);
    labels.type = name;
    labels.start = file.offset();
    labels.stride = static_cast<std::uint64_t>(columns) * sizeof(Stored);
    if (columns > 1)
      read_one_hot<Stored>(file, samples, columns, labels);
    else
      read_numbers<Stored>(file, count, labels);
    if (shape.size() == 2 && columns == 1)
      labels.notice =
          fmt::format("{}: labels of shape ({}, 1) are taken as ({})", labels.file, samples, samples);
  });
  if (!is_known)
    file.fail(header, "the labels are of type " + printable(type) +
                          "; they must be integers, bools, or floats: array.astype('int64'), or "
                          "array.astype('float32') for a regression");
  file.expect_end();
  return labels;
}

}  // namespace cellsweep::data
