#include "train/checkpoint/checkpointer.h"

#include <limits>
#include <utility>

namespace cellsweep::train {

Checkpointer::Checkpointer(const std::optional<Checkpointing>& checkpointing, Stepper& stepper,
                           metrics::Observer& observer)
    : checkpointing_(checkpointing), stepper_(stepper), observer_(observer) {}

std::int64_t Checkpointer::steps_to_next(std::int64_t steps) const {
  return checkpointing_ ? steps_to_checkpoint(checkpointing_->options, steps)
                        : std::numeric_limits<std::int64_t>::max();
}

bool Checkpointer::is_due() const {
  return checkpointing_ && checkpointing_->options.every_minutes &&
         since_saved_.seconds() >= 60 * *checkpointing_->options.every_minutes;
}

std::shared_ptr<const Checkpoint> Checkpointer::capture(const Progress& progress) {
  if (!checkpointing_) return nullptr;
  StepperState state = stepper_.save();
  if (checkpointing_->writer == nullptr) return nullptr;
  return std::make_shared<const Checkpoint>(Checkpoint{checkpointing_->config, progress, std::move(state)});
}

void Checkpointer::save(std::shared_ptr<const Checkpoint> checkpoint, bool is_best) {
  since_saved_.restart();
  if (checkpoint) checkpointing_->writer->write(std::move(checkpoint), is_best);
}

void Checkpointer::finish() {
  if (checkpointing_ && checkpointing_->writer != nullptr) checkpointing_->writer->finish();
  report_written();
}

void Checkpointer::report_written() {
  if (!checkpointing_ || checkpointing_->writer == nullptr) return;
  if (const auto report = checkpointing_->writer->take_report()) observer_.on_checkpoint(*report);
}

}  // namespace cellsweep::train
