// How a sweep is shown while its groups train several runs at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/run_state.h"
#include "metrics/observer.h"

namespace cellsweep::metrics {

struct SweepProgress {
  RunCounts counts = {};
  std::string metric = {};          // by which runs are ranked
  std::optional<double> best = {};  // of the metric; unset before the first epoch
};

// It is called on rank 0. Nothing here throws: a sweep does not end because its output is closed.
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
