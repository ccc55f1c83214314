// A subcommand of the program, as its file registers it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "comm/mpi/mpi_session.h"

namespace CLI {
class App;
}

namespace cellsweep::cli {

struct Command {
  CLI::App* app;                                    // the subcommand, with its options
  std::function<ExitCode(comm::MpiSession&)> call;  // gives the exit code or throws; on every rank
};

// Collective: `work`, whose result is what it prints, on rank 0 alone. Gives its exit code to every rank.
// Throws comm::CollectiveError, also if the result could not be written to stdout.
ExitCode print_on_rank_0(comm::MpiSession& session, const std::function<ExitCode()>& work);

// Collective: throws comm::CollectiveError if what rank 0 has printed, a result, could not be written to
// stdout.
void check_printed(comm::MpiSession& session);

// Each adds a subcommand to the program's.
Command add_run_command(CLI::App& program);
Command add_bench_command(CLI::App& program);
Command add_doctor_command(CLI::App& program);
Command add_plan_command(CLI::App& program);
Command add_summary_command(CLI::App& program);
Command add_compare_command(CLI::App& program);
Command add_schema_command(CLI::App& program);

}  // namespace cellsweep::cli
