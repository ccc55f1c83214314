// What a network takes of a host's memory, before it is made.
#pragma once

#include <cstdint>

#include "model/network.h"

namespace cellsweep::engines {

struct NetworkMemory {
  double weights = 0;     // bytes: parameters, gradients, moving statistics, and the engine's copies of them
  double workspaces = 0;  // bytes: what grows with the batch
};

// The memory of a network that make_network() makes, for batches of up to `training_samples` of this rank,
// and evaluations of up to `validation_samples`: all that is surely allocated. With model::Engine::torch,
// what LibTorch keeps for the backward pass is counted at its least.
NetworkMemory network_memory(const model::NetworkOptions& options, std::int64_t training_samples,
                             std::int64_t validation_samples);

}  // namespace cellsweep::engines
