// Models for the images of MNIST.
#pragma once

#include "model/layout.h"

namespace cellsweep::model {

inline constexpr DataShape mnist{.time = 28, .features = 28, .outputs = 10};

inline ModelOptions with_cell(Cell cell) {
  ModelOptions options;
  options.cell = cell;
  return options;
}

}  // namespace cellsweep::model
