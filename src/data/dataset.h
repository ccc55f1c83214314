// Samples in memory, and the two splits that a run learns from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "data/array.h"
#include "data/data_options.h"

namespace cellsweep::data {

// Samples of one shape. Immutable after loading, so any number of threads may read it.
struct Dataset {
  std::int64_t samples = 0;
  std::int64_t time = 0;      // steps of a sequence
  std::int64_t features = 0;  // values a step
  // (samples, time, features), row-major. Floats count as they are, bytes divided by `byte_divisor`.
  std::variant<Array<std::uint8_t>, Array<float>> inputs;
  float byte_divisor = 255;
  Array<std::int32_t> labels;  // (samples), classification; else empty
  Array<float> targets;        // (samples), regression; else empty

  // Writes the inputs of the given samples to `out` (indices.size(), time, features). `Value` is that of
  // `inputs`.
  template <class Value>
  void gather_inputs(std::span<const std::int64_t> indices, std::span<Value> out) const;
  // Writes the labels (or targets) of the given samples; the other one is not touched.
  void gather_labels(std::span<const std::int64_t> indices, std::span<std::int32_t> labels_out,
                     std::span<float> targets_out) const;
};

// What a run learns from: two sets of equal shape.
struct Splits {
  Dataset train;
  Dataset validation;
  std::int64_t classes = 0;  // 0: regression with one target
  // What the files call each class, if that is not its number; else empty.
  std::vector<std::string> class_names{};
  // What was done to the files' inputs and labels that is not plain, a sentence each, for people.
  std::vector<std::string> notices{};
};

// Loads what the options describe. Throws UserError naming the file and the byte offset (or sample) where
// something is wrong: missing, truncated, oversized, dimensions that overflow or disagree, labels outside the
// classes, no samples, larger than the memory that this process can have.
Splits load_splits(const DataOptions& options);

// The same without the inputs, which are neither read nor made: sizes, labels and classes. The type of the
// inputs is that which load_splits() would give. Throws as that does.
Splits outline_splits(const DataOptions& options);

// Bytes that the inputs, labels and targets of a set of these sizes take.
double memory_of(const Dataset& set);

// The last `test_samples` samples of an idx directory, which no training sees (DataOptions::test_samples).
// Needs the training files unless options.classes is set, since they say which classes there are.
Dataset load_test_set(const DataOptions& options);

}  // namespace cellsweep::data
