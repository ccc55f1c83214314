// The begin and the end of a run, as its observers see them.
#pragma once

#include <functional>

#include "base/stopwatch.h"
#include "metrics/observer.h"
#include "train/trainer.h"

namespace cellsweep::job {

// Reports to the observer that the run begins. `clock` runs since this attempt began. Both outlive the scope.
class RunScope {
 public:
  RunScope(metrics::Observer& observer, const metrics::RunInfo& info, const Stopwatch& clock);

  // Calls `train`, once, and reports how the run ended: by its result or, on every rank alike, by a
  // DivergedError or a comm::CollectiveError, which is passed on. Of any other exception it says nothing:
  // this rank failed alone, and the job ends.
  train::RunResult run(const std::function<train::RunResult()>& train);

 private:
  metrics::Observer& observer_;
  const Stopwatch& clock_;
};

}  // namespace cellsweep::job
