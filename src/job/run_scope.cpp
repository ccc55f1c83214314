#include "job/run_scope.h"

#include "comm/agreement.h"
#include "job/run_outcome.h"

namespace cellsweep::job {

RunScope::RunScope(metrics::Observer& observer, const metrics::RunInfo& info, const Stopwatch& clock)
    : observer_(observer), clock_(clock) {
  observer_.on_run_begin(info);
}

train::RunResult RunScope::run(const std::function<train::RunResult()>& train) try {
  train::RunResult result = train();
  observer_.on_run_end({.status = status_of(result),
                        .reason = result.reason,
                        .seconds = result.seconds,
                        .epochs = std::ssize(result.history),
                        .steps = result.steps});
  return result;
} catch (const train::DivergedError& error) {
  observer_.on_run_end({.status = "diverged", .reason = error.what(), .seconds = clock_.seconds()});
  throw;
} catch (const comm::CollectiveError& error) {
  observer_.on_run_end({.status = "failed", .reason = error.what(), .seconds = clock_.seconds()});
  throw;
}

}  // namespace cellsweep::job
