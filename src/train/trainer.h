// One run, from the first step to the last.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "data/dataset.h"
#include "metrics/observer.h"
#include "model/network.h"
#include "train/train_options.h"

namespace cellsweep::train {

// What a run ended with; the same on every rank.
struct RunResult {
  std::vector<metrics::EpochReport> history;
  std::int64_t steps = 0;
  std::string reason;  // why it ended before its last epoch; else empty
};

// What a run is made of. All of it outlives the training.
struct Setup {
  const TrainOptions& options;
  bool shuffle;         // a new order of the samples each epoch
  std::int64_t shards;  // of each rank, as the network has them
  const data::Problem& problem;
  model::Network& network;
  comm::Communicator& group;
  metrics::Observer& observer;  // is told on rank 0; others have one that does nothing
};

// Trains the network on the problem. Collective over `group`: every rank calls it with equal options, an
// equal problem and equal weights. Throws Error, on every rank alike, when the loss is not finite or the
// replicas are no longer bitwise equal (checked each epoch).
RunResult train(const Setup& setup);

}  // namespace cellsweep::train
