// The whole state of a run between two steps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/observer.h"
#include "train/early_stopping.h"
#include "train/stepper_state.h"
#include "train/train_options.h"

namespace cellsweep::train {

// How far a run is. The order of an epoch's samples and the dropout masks follow from the seed and these
// numbers.
struct Progress {
  std::int64_t epoch = 0;                     // that are over
  std::int64_t batch = 0;                     // of the epoch under way, that were trained on
  double seconds = 0;                         // that the run has taken
  double epoch_seconds = 0;                   // of them, in the epoch under way
  std::string reason;                         // why the run is over before its last epoch; else empty
  std::vector<metrics::EpochReport> history;  // a report an epoch
  EarlyStopping::State early_stopping;
};

struct Checkpoint {
  std::string config;  // of the run, as whoever resumes it compares it
  Progress progress;
  StepperState stepper;
};

// Throws UserError that says why a run of these options, on so many samples, with so many outputs of its
// network, cannot resume from there.
void check_checkpoint_fits(const Checkpoint& checkpoint, const TrainOptions& options,
                           std::int64_t training_samples, std::int64_t outputs);

}  // namespace cellsweep::train
