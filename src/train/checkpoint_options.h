#pragma once

#include <cstdint>
#include <optional>

namespace cellsweep::train {

// When a run's state is saved, beside at the end of each epoch and on a signal.
struct CheckpointOptions {
  bool enabled = true;
  std::optional<std::int64_t> every_steps{};
  std::optional<double> every_minutes = 5;
  std::int64_t keep = 2;  // the latest so many, and the best epoch's
};

}  // namespace cellsweep::train
