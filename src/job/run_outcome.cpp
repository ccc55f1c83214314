#include "job/run_outcome.h"

#include <spdlog/spdlog.h>

#include "base/signals.h"
#include "base/stopwatch.h"
#include "comm/agreement.h"
#include "config/config.h"
#include "sweep/scheduler.h"
#include "train/trainer.h"

namespace cellsweep::job {
namespace {

std::string reason_of(const SignalWatch& signals) {
  const int signal = signals.received();
  return signal == 0 ? "interrupted by a signal to another rank"
                     : std::string("interrupted by ") + signal_name(signal);
}

sweep::RunOutcome outcome_of(const train::RunResult& result, const SignalWatch& signals) {
  const bool is_interrupted = result.stopped_by == StopRequest::interrupt;
  return {.state = state_after(result.stopped_by),
          .seconds = result.seconds,
          .reason = is_interrupted ? reason_of(signals) : result.reason};
}

}  // namespace

sweep::RunOutcome run_assignment(const sweep::RunAssignment& assignment, const config::Config& config,
                                 const std::set<std::string>& expected_failures, const SweepContext& context,
                                 std::exception_ptr& error) {
  const Stopwatch clock;
  // The error of a run without a sweep is printed when the program ends, and is not logged here.
  const bool logs = config.sweep && context.group.rank() == 0;
  try {
    config::Config of_run;
    comm::run_collectively(context.group,
                           [&] { of_run = config::with_assignments(config, assignment.run.parameters); });
    return outcome_of(run_job(assignment, of_run, context), context.signals);
  } catch (const train::DivergedError& diverged) {
    error = std::current_exception();
    if (logs) spdlog::warn("run {} diverged: {}", assignment.run.run_id, diverged.what());
    return {.state = RunState::diverged, .seconds = clock.seconds(), .reason = diverged.what()};
  } catch (const comm::CollectiveError& failed) {
    error = std::current_exception();
    if (logs && !expected_failures.contains(assignment.run.run_id))
      spdlog::error("run {} failed: {}", assignment.run.run_id, failed.what());
    return {.state = RunState::failed,
            .seconds = clock.seconds(),
            .reason = failed.what(),
            .is_permanent = !failed.may_pass()};
  }
}

}  // namespace cellsweep::job
