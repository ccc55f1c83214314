// How a sweep is shown while its groups train several runs at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "metrics/observer.h"

namespace cellsweep::metrics {

struct SweepProgress {
  std::size_t runs = 0;     // of the sweep
  std::size_t ended = 0;    // of them
  std::size_t running = 0;  // of them
  std::string endings;      // what became of them: "8 finished, 1 pruned"
  std::size_t finished = 0, diverged = 0, pruned = 0, failed = 0;  // the same as numbers
  std::size_t interrupted = 0;                                     // by a signal, to go on later
  std::string metric = {};                                         // by which runs are ranked
  std::optional<double> best = {};  // of the metric; unset before the first epoch
};

// Told on rank 0. Nothing here throws: a sweep does not end because its output is closed.
class SweepView {
 public:
  virtual ~SweepView() = default;
  // Reports of the run that `group` trains.
  virtual Observer& of_group(std::size_t group) = 0;
  virtual void on_progress(const SweepProgress& progress) = 0;
  // Something worth a line, such as a run that was pruned.
  virtual void on_event(const std::string& line) = 0;
};

}  // namespace cellsweep::metrics
