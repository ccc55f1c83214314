// Writes checkpoints beside the training.
#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "metrics/observer.h"
#include "model/layout.h"
#include "train/checkpoint/checkpoint.h"
#include "train/checkpoint/checkpoint_folder.h"

namespace cellsweep::train {

// A thread that makes files of checkpoints. A write that fails is reported as an error in the log, and the
// run continues; the checkpoints before it stay. One caller at a time.
class CheckpointWriter {
 public:
  // The references outlive it.
  CheckpointWriter(CheckpointFolder& folder, const model::Layout& layout);
  // Waits for the write under way, and passes over what is left.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Does not wait. If the disk is slower than checkpoints are made, the latest takes the place of those
  // that were not begun; the best epoch's is written in any case.
  void write(std::shared_ptr<const Checkpoint> checkpoint, bool is_best);
  // Waits until all is written.
  void finish();
  // What was written since this was last asked. Throws LeaseLostError if the run belongs to another job.
  std::optional<metrics::CheckpointReport> take_report();

 private:
  void work();
  void write_one(const Checkpoint& checkpoint, bool is_best);

  CheckpointFolder& folder_;
  const model::Layout& layout_;
  std::mutex mutex_;  // of the members below
  std::condition_variable changed_;
  std::shared_ptr<const Checkpoint> latest_, best_;  // to be written
  bool is_writing_ = false, is_ending_ = false;
  std::optional<metrics::CheckpointReport> report_;
  std::exception_ptr lease_lost_;
  std::thread thread_;
};

}  // namespace cellsweep::train
