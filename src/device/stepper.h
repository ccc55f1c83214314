// The steps of a run on a device: gather, forward, loss, backward, sums over the group and update are
// enqueued, and after the first of a kind recorded and replayed; nothing is read back on the way.
#pragma once

#include <memory>

#include "engines/torch_library.h"
#include "train/stepper.h"

namespace cellsweep::device {

// Collective over the group. On the GPU that is CUDA's current one, number `device`. Throws UserError if
// cuDNN cannot compute what the options ask for, comm::CollectiveError, Error in builds without CUDA.
std::unique_ptr<train::Stepper> make_cuda_stepper(const engines::DeviceSetup& setup, int device);
// The same work on this host by the engine torch: it compares all but CUDA itself with the other engines
// on a machine without a GPU.
std::unique_ptr<train::Stepper> make_emulated_stepper(const engines::DeviceSetup& setup);

}  // namespace cellsweep::device
