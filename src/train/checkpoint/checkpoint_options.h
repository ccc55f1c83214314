// When a run is saved.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace cellsweep::train {

// When a run's state is saved, beside at the end of each epoch and on a signal.
struct CheckpointOptions {
  bool enabled = true;
  std::optional<std::int64_t> every_steps{};
  std::optional<double> every_minutes = 5;
  std::int64_t keep = 2;  // the latest so many, and the best epoch's
};

// How many steps may follow `steps` of a run before a checkpoint is due by their number.
inline std::int64_t steps_to_checkpoint(const CheckpointOptions& options, std::int64_t steps) {
  if (!options.every_steps) return std::numeric_limits<std::int64_t>::max();
  return *options.every_steps - steps % *options.every_steps;
}

}  // namespace cellsweep::train
