#include "train/checkpoint/checkpoint_writer.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "base/signals.h"
#include "base/stopwatch.h"
#include "train/checkpoint/checkpoint_file.h"

namespace cellsweep::train {

CheckpointWriter::CheckpointWriter(CheckpointFolder& folder, const model::Layout& layout)
    : folder_(folder), layout_(layout) {
  const SignalsBlocked blocked;
  thread_ = std::thread(&CheckpointWriter::work, this);
}

CheckpointWriter::~CheckpointWriter() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CheckpointWriter::write(std::shared_ptr<const Checkpoint> checkpoint, bool is_best) {
  {
    const std::lock_guard lock(mutex_);
    if (is_best) best_ = checkpoint;
    latest_ = std::move(checkpoint);
  }
  changed_.notify_all();
}

void CheckpointWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !latest_ && !best_ && !is_writing_; });
}

std::optional<metrics::CheckpointReport> CheckpointWriter::take_report() {
  const std::lock_guard lock(mutex_);
  if (lease_lost_) std::rethrow_exception(lease_lost_);
  return std::exchange(report_, std::nullopt);
}

void CheckpointWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return latest_ || best_ || is_ending_; });
    if (is_ending_) return;
    // The best one first: it is never later than the latest.
    const bool is_best = best_ != nullptr;
    const auto checkpoint = std::exchange(is_best ? best_ : latest_, nullptr);
    if (latest_ == checkpoint) latest_ = nullptr;
    is_writing_ = true;
    lock.unlock();
    write_one(*checkpoint, is_best);
    lock.lock();
    is_writing_ = false;
    changed_.notify_all();
  }
}

void CheckpointWriter::write_one(const Checkpoint& checkpoint, bool is_best) try {
  const Stopwatch clock;
  const std::string bytes = to_bytes(checkpoint, layout_);
  folder_.write(checkpoint.stepper.steps, bytes, is_best);
  const std::lock_guard lock(mutex_);
  report_ = {.bytes = static_cast<std::int64_t>(bytes.size()), .seconds = clock.seconds()};
} catch (const LeaseLostError&) {
  const std::lock_guard lock(mutex_);
  lease_lost_ = std::current_exception();
} catch (const std::exception& error) {
  spdlog::error("no checkpoint at step {}: {}", checkpoint.stepper.steps, error.what());
}

}  // namespace cellsweep::train
