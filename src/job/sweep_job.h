// One job under MPI: the runs of a file, several at a time if there are several groups of ranks.
#pragma once

#include "base/error.h"
#include "comm/mpi/mpi_session.h"
#include "job/run_arguments.h"

namespace cellsweep::job {

// Collective over the session's world: trains every run that the arguments ask for, or resumes their sweep,
// and gives the exit code, the same on every rank. Throws comm::CollectiveError: for what is wrong with the
// config or the data, before the first step; for a file without a sweep, the error of its run.
ExitCode run_sweep_job(const RunArguments& arguments, comm::MpiSession& session);

}  // namespace cellsweep::job
