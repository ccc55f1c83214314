// One run, from the first step to the last.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/stop_request.h"
#include "comm/agreement.h"
#include "comm/communicator.h"
#include "metrics/observer.h"
#include "train/checkpoint/checkpointer.h"
#include "train/stepper.h"
#include "train/train_options.h"

namespace cellsweep::train {

// What a run ended with; the same on every rank.
struct RunResult {
  std::vector<metrics::EpochReport> history{};
  std::int64_t steps = 0;
  std::string reason{};                        // why it ended before its last epoch; else empty
  StopRequest stopped_by = StopRequest::none;  // what ended it, in the middle of an epoch or at its end
  double seconds = 0;                          // that it took, with those before it was resumed
};

// A metric or a weight was not finite: the run is over, but nothing is broken.
class DivergedError : public comm::CollectiveError {
 public:
  explicit DivergedError(const std::string& message) : CollectiveError(message, ExitCode::failure) {}
};

// What a run is made of. All of it outlives the training.
struct Setup {
  const TrainOptions& options;
  bool shuffle;                   // a new order of the samples each epoch
  std::int64_t training_samples;  // that the stepper learns from
  Stepper& stepper;
  comm::Communicator& group;
  metrics::Observer& observer;  // gets reports on rank 0; other ranks have one that does nothing
  // Called on each rank between steps and between batches of an evaluation, and when the end of an epoch has
  // been reported: for what must not wait for the end of the run. Must be quick. What it throws ends the
  // training.
  std::function<void()> poll = [] {};
  // Called on each rank, now and then; the greatest request of any rank counts, and stays.
  std::function<StopRequest()> stop_request = [] { return StopRequest::none; };
  // Ranks agree on that, at least so often; more often if steps are long.
  std::int64_t most_steps_between_questions = 32;
  std::optional<Checkpointing> checkpointing{};
  const Checkpoint* resumed = nullptr;  // where the run resumes, the same on every rank; null: it begins
};

// Trains, step by step. Collective over `group`: every rank calls it with equal options, and a stepper of
// equal samples and weights. Throws, on every rank alike, DivergedError if a loss, a metric, a weight, a
// moving statistic or what the optimizer keeps is not finite at the end of an epoch, before a checkpoint or
// at the end, and Error if the replicas are no longer bitwise equal at the end of an epoch. So what is
// saved is finite, and so are the stepper's weights when this returns. All checkpoints before have been
// written when a run diverges, and a run that is interrupted has been saved when this returns. Throws
// LeaseLostError, on rank 0, if the run's files belong to another job by now.
RunResult run_training(const Setup& setup);

}  // namespace cellsweep::train
