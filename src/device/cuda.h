#pragma once

#include "model/model_options.h"
#include "train/train_options.h"

namespace cellsweep::device {

// Sets how LibTorch computes on GPUs from now on: in which precision it multiplies floats, that equal work
// gives equal bits, and whether its recurrent layers use cuDNN: the engine torch compares cuDNN with
// LibTorch's own kernels. To be called before the first work on a GPU.
void configure_cuda(train::Precision precision, model::Engine engine);

}  // namespace cellsweep::device
