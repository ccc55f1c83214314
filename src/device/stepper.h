// The steps of a run on a device: gather, forward, loss, backward, sums over the group and update are
// enqueued, and after the first of a kind recorded and replayed; nothing is read back on the way.
#pragma once

#include <memory>

#include "comm/communicator.h"
#include "comm/parallel_options.h"
#include "comm/watchdog/watchdog.h"
#include "data/dataset.h"
#include "model/network.h"
#include "train/stepper.h"
#include "train/train_options.h"

namespace cellsweep::device {

// What a stepper is made of; what it refers to outlives the stepper.
struct Setup {
  const train::TrainOptions& options;
  const model::NetworkOptions& network;  // its engine is torch or cudnn
  const comm::ParallelOptions& parallel;
  const data::Splits& splits;
  comm::Communicator& group;
  comm::Watchdog& watchdog;
};

// Collective over the group. On the GPU that is CUDA's current one, number `device`. Throws UserError if
// cuDNN cannot compute what the options ask for, comm::CollectiveError, Error in builds without CUDA.
std::unique_ptr<train::Stepper> make_cuda_stepper(const Setup& setup, int device);
// The same work on this host by the engine torch: it holds all but CUDA itself against the other engines,
// if there is no GPU.
std::unique_ptr<train::Stepper> make_emulated_stepper(const Setup& setup);

}  // namespace cellsweep::device
