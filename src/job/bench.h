// How fast the runs of a file train.
#pragma once

#include <cstdint>

#include "comm/mpi/mpi_session.h"
#include "job/run_arguments.h"

namespace cellsweep::job {

struct BenchOptions {
  std::int64_t steps = 300;
  bool as_json = false;
  bool blocks = false;  // then time what stdin asks for: a number of steps a line
};

// Collective. Times training steps of every run of the file, and prints their phases beside the machine's
// peak on stdout, on rank 0. Leaves no files. Throws UserError or comm::CollectiveError, also if blocks are
// wanted on several ranks, of several runs or with something that is no number of steps.
void bench(const RunArguments& arguments, const BenchOptions& options, comm::MpiSession& session);

}  // namespace cellsweep::job
