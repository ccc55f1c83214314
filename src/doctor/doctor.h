// Looks at what a job needs before it begins.
#pragma once

#include <optional>

#include "base/error.h"
#include "comm/mpi/mpi_session.h"
#include "job/run_arguments.h"

namespace cellsweep::doctor {

struct DoctorOptions {
  bool as_json = false;
  std::optional<int> expected_ranks;
};

// Looks at what a job needs, on all ranks, and prints a result a check, or one JSON object. The file may be
// empty: defaults. Collective. Gives ExitCode::bad_input if a check found an error. Throws
// comm::CollectiveError if the file is wrong.
ExitCode doctor(const job::RunArguments& arguments, const DoctorOptions& options, comm::MpiSession& session);

}  // namespace cellsweep::doctor
