// What files say of each sample, and which classes that makes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace cellsweep::data {

// The labels of a file as they stand there.
struct Labels {
  std::string file;
  std::uint64_t start = 0, stride = 1;  // the byte of the first sample's, and from one to the next
  std::string type = "uint8";           // as NumPy calls it
  // (samples); for a one-hot array the column of the 1; empty if the file has numbers that are not whole.
  std::vector<std::int64_t> numbers;
  std::vector<float> reals;  // (samples), of an array of floats that is not one-hot; else empty
  std::int64_t columns = 0;  // of a one-hot array; 0: it is none
  std::string notice;        // what was done to the array's shape; empty: nothing

  // Throws UserError about the label of a sample.
  [[noreturn]] void fail(std::int64_t sample, const std::string& what) const;
};

// The classes of the samples.
struct Classes {
  std::int64_t count = 0;            // 0: regression
  std::vector<std::int64_t> labels;  // of each class, ascending; empty: class i has label i
};

// The classes that the training labels stand for; adds to `notices` what people may not expect.
// - One-hot rows: as many as there are columns.
// - Floats: a regression if options.target says so, or not all are whole, or more than 1000 or more than
//   half as many different ones as samples, so that they are hardly classes; else as integers.
// - Integers from 0 on, of which at least half occur: one class more than the largest.
// - Other integers: a class for each that occurs, in ascending order.
// If options.classes is set, it is the number of classes, and labels are in [0, classes).
// Throws UserError if a label, or options.classes, does not fit.
Classes find_classes(const Labels& training, const DataOptions& options, std::vector<std::string>& notices);

// Fills the labels, or the targets of a regression. Throws UserError, naming sample and byte, for a label
// that is of no class.
void encode(const Labels& labels, const Classes& classes, const DataOptions& options, Dataset& set);

// The names of the classes, or none if they are their numbers.
std::vector<std::string> names_of(const Classes& classes);

}  // namespace cellsweep::data
