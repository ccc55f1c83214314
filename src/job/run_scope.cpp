#include "job/run_scope.h"

#include <utility>

#include "comm/agreement.h"

namespace cellsweep::job {

RunScope::RunScope(metrics::Observer& observer, const metrics::RunInfo& info, const Stopwatch& clock,
                   std::function<void()> poll)
    : observer_(observer), clock_(clock), poll_(std::move(poll)) {
  observer_.on_run_begin(info);
  poll_();
}

void RunScope::report_end(const metrics::RunSummary& summary) {
  observer_.on_run_end(summary);
  poll_();
}

train::RunResult RunScope::run(const std::function<train::RunResult()>& train) try {
  train::RunResult result = train();
  report_end({.state = state_after(result.stopped_by),
              .reason = result.reason,
              .seconds = result.seconds,
              .epochs = std::ssize(result.history),
              .steps = result.steps});
  return result;
} catch (const train::DivergedError& error) {
  report_end({.state = RunState::diverged, .reason = error.what(), .seconds = clock_.seconds()});
  throw;
} catch (const comm::CollectiveError& error) {
  report_end({.state = RunState::failed, .reason = error.what(), .seconds = clock_.seconds()});
  throw;
}

}  // namespace cellsweep::job
