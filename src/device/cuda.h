#pragma once

#include "train/train_options.h"

namespace cellsweep::device {

// Sets how LibTorch's libraries compute on GPUs from now on: in which precision products of floats are made,
// and that equal work gives equal bits. To be called before the first work on a GPU.
void set_precision(train::Precision precision);

}  // namespace cellsweep::device
