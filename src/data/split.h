// One of the two splits, as its files have it.
#pragma once

#include <optional>

#include "data/dataset.h"
#include "data/labels.h"

namespace cellsweep::data {

// Whether the inputs are read, or their sizes alone.
enum class Read { all, outline };

struct Split {
  Dataset set;  // without labels if `labels` has them
  std::optional<Labels> labels{};
  std::string scaled{};  // what was done to the inputs, for people; empty: nothing
};

}  // namespace cellsweep::data
