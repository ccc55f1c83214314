// Which samples a run trains and validates on.
#pragma once

#include <cstdint>
#include <string>

#include "base/enum_names.h"

namespace cellsweep::data {

enum class Format { idx, npy, synthetic };
enum class SyntheticTask { adding, copy_memory };
// What becomes of inputs as they are read. automatic: bytes are divided by 255, floats are as they are.
enum class InputScale { automatic, none, by_255 };
// What labels that are saved as floats are.
enum class Target { classes, numbers };

// A pair of .npy files: inputs (samples, time, features), labels (samples), see load_npy().
struct NpyFiles {
  std::string inputs;
  std::string labels;
  bool operator==(const NpyFiles&) const = default;
};

// Generated tasks that need a long memory.
struct SyntheticOptions {
  SyntheticTask task = SyntheticTask::adding;
  std::int64_t length = 100;  // adding: time steps; copy_memory: steps between the symbol and the question
  std::int64_t train_samples = 10000;
  std::int64_t validation_samples = 1000;
  std::int64_t classes = 8;  // copy_memory: how many symbols
  std::uint64_t seed = 1;
  bool operator==(const SyntheticOptions&) const = default;
};

struct DataOptions {
  Format format = Format::idx;
  std::string directory = "data/mnist";  // idx: holds MNIST's four file names, each plain or .gz
  std::int64_t test_samples =
      10;                 // idx: so many of the last samples of the test files are kept out of validation
  NpyFiles train{};       // npy
  NpyFiles validation{};  // npy
  SyntheticOptions synthetic{};  // synthetic
  bool shuffle = true;           // a new permutation of the training samples each epoch
  std::int64_t limit = 0;  // use only the first so many training samples, and validation samples; 0: all
  std::int64_t classes =
      0;               // labels must be in [0, classes); 0: what the training labels are, find_classes()
  bool shared = true;  // the ranks of a host have one copy; if it has no room for it, each its own
  InputScale input_scale = InputScale::automatic;  // idx, npy
  Target target = Target::classes;                 // if whole floats could be either; follows from train.loss
  bool operator==(const DataOptions&) const = default;
};

}  // namespace cellsweep::data

namespace cellsweep {
template <>
inline constexpr auto enum_names<data::Format> = std::to_array<std::string_view>({"idx", "npy", "synthetic"});
template <>
inline constexpr auto enum_names<data::InputScale> =
    std::to_array<std::string_view>({"auto", "none", "1/255"});
template <>
inline constexpr auto enum_names<data::SyntheticTask> =
    std::to_array<std::string_view>({"adding", "copy_memory"});
}  // namespace cellsweep
