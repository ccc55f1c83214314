// How a run ended, for rank 0 and the ledger.
#pragma once

#include <exception>
#include <set>
#include <string>

#include "job/run_job.h"

namespace cellsweep::sweep {
struct RunOutcome;
}

namespace cellsweep::job {

// Collective over context.group: trains the run that was assigned, out of the sweep of `config`, and gives
// how it ended, as an error too, which is then left in `error`. Rank 0 of the group logs the error of a run
// of a sweep, unless the run is in `expected_failures`: the job has said before that it will fail.
sweep::RunOutcome run_assignment(const sweep::RunAssignment& assignment, const config::Config& config,
                                 const std::set<std::string>& expected_failures, const SweepContext& context,
                                 std::exception_ptr& error);

}  // namespace cellsweep::job
