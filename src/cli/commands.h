// The command line.
#pragma once

#include "base/error.h"
#include "comm/mpi/mpi_session.h"

namespace cellsweep::cli {

// Parses the command line and calls a subcommand, on every rank. Bad usage is reported on rank 0 and gives
// ExitCode::bad_input. Throws Error if a command's result could not be written to stdout; what `run` shows
// while it trains is no result, and may be lost.
ExitCode run_command_line(int argc, char** argv, comm::MpiSession& session);

}  // namespace cellsweep::cli
