// Which engine computes a network, and the network.
#pragma once

#include <memory>
#include <string>

#include "comm/communicator.h"
#include "model/model_options.h"
#include "model/network.h"

namespace cellsweep::engines {

// The engine that is used, and why, for the log.
struct EngineChoice {
  model::Engine engine = model::Engine::fused;
  std::string reason;
};
// `reproducible`: whether sums have to be made shard by shard. Throws UserError if the engine that is asked
// for cannot do what is asked there. Does not look whether LibTorch is there (require_engine).
EngineChoice choose_engine(model::Engine requested, bool reproducible, bool on_gpu);
// Throws UserError if `engine` needs LibTorch and its library cannot be loaded.
void require_engine(model::Engine engine);

// Makes a network with initialised weights (from the seed, or model.initial_weights), the same on every rank.
// `group` is kept by reference. Throws UserError if initial_weights does not fit the model, and as
// require_engine().
std::unique_ptr<model::Network> make_network(const model::NetworkOptions& options, comm::Communicator& group);

}  // namespace cellsweep::engines
