// When the state of a run is saved.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/stopwatch.h"
#include "metrics/observer.h"
#include "train/checkpoint/checkpoint.h"
#include "train/checkpoint/checkpoint_options.h"
#include "train/checkpoint/checkpoint_writer.h"
#include "train/stepper.h"

namespace cellsweep::train {

// Where checkpoints of a run go.
struct Checkpointing {
  const CheckpointOptions& options;
  std::string config;                  // is put into each
  CheckpointWriter* writer = nullptr;  // of rank 0; null on others
};

// Saves the state of a stepper, of a run that has `checkpointing`; does nothing for one that has none. The
// references outlive it.
class Checkpointer {
 public:
  Checkpointer(const std::optional<Checkpointing>& checkpointing, Stepper& stepper,
               metrics::Observer& observer);

  // How many steps may follow `steps` before one is due by their number.
  std::int64_t steps_to_next(std::int64_t steps) const;
  // Whether one is due by this rank's clock.
  bool is_due() const;
  // Collective: the state now; null on other ranks than 0.
  std::shared_ptr<const Checkpoint> capture(const Progress& progress);
  // Gives it to the writer while the run continues, and restarts the time to the next one.
  void save(std::shared_ptr<const Checkpoint> checkpoint, bool is_best = false);
  // Waits until all that was saved is written.
  void finish();
  // Reports to the observer what was written. Throws LeaseLostError if the run belongs to another job.
  void report_written();

 private:
  const std::optional<Checkpointing>& checkpointing_;
  Stepper& stepper_;
  metrics::Observer& observer_;
  Stopwatch since_saved_;
};

}  // namespace cellsweep::train
