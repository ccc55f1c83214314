// The begin and the end of a run, as its observers see them.
#pragma once

#include <functional>

#include "base/stopwatch.h"
#include "metrics/observer.h"
#include "train/trainer.h"

namespace cellsweep::job {

// Reports to the observer that the run begins. `clock` runs since this attempt began. `poll` is called after
// each report, so that rank 0 of the sweep has it before anything else happens. All outlive the scope.
class RunScope {
 public:
  RunScope(metrics::Observer& observer, const metrics::RunInfo& info, const Stopwatch& clock,
           std::function<void()> poll);

  // Calls `train`, once, and reports how the run ended: by its result or, on every rank alike, by a
  // DivergedError or a comm::CollectiveError, which is passed on. Any other exception is not reported:
  // this rank failed alone, and the job ends.
  train::RunResult run(const std::function<train::RunResult()>& train);

 private:
  void report_end(const metrics::RunSummary& summary);

  metrics::Observer& observer_;
  const Stopwatch& clock_;
  const std::function<void()> poll_;
};

}  // namespace cellsweep::job
