// One run, from the first step to the last.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "comm/agreement.h"
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
  std::string reason;        // why it ended before its last epoch; else empty
  bool was_stopped = false;  // as Setup::should_stop wanted, in the middle of an epoch or at its end
};

// The loss was not finite: the run is over, but nothing is broken.
class DivergedError : public comm::AgreedError {
 public:
  explicit DivergedError(const std::string& message) : AgreedError(message, ExitCode::failure) {}
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
  // Asked on each rank, now and then; the run stops where any says so.
  std::function<bool()> should_stop = [] { return false; };
  // Seconds that this rank has spent so far on the network's own reductions.
  std::function<double()> statistics_seconds = [] { return 0.0; };
};

// Trains the network on the problem. Collective over `group`: every rank calls it with equal options, an
// equal problem and equal weights. Throws, on every rank alike, DivergedError when the loss is not finite,
// and Error when the replicas are no longer bitwise equal (both checked each epoch).
RunResult train(const Setup& setup);

}  // namespace cellsweep::train
