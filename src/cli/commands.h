// The subcommands. Each is one file; each returns the exit code or throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "comm/mpi/mpi_session.h"
#include "doctor/doctor.h"
#include "job/run_arguments.h"

namespace cellsweep::cli {

// Parses the command line and calls a subcommand, on every rank. Bad usage is told on rank 0 and gives
// ExitCode::bad_input. Throws Error where a command's result could not be written to stdout; what `run` shows
// while it trains is no result, and may be lost.
ExitCode run_command_line(int argc, char** argv, comm::MpiSession& session);

// Trains every run of the file, several at a time where there are several groups of ranks. Collective.
ExitCode run(const job::RunArguments& arguments, comm::MpiSession& session);

struct BenchOptions {
  std::int64_t steps = 300;
  bool as_json = false;
  bool blocks = false;  // then go on with what stdin asks for: a number of steps a line
};

// Times training steps of every run of the file, and prints their parts beside the machine's peak: for
// people, or as a JSON object a line. Collective. Leaves no files. Throws UserError or comm::CollectiveError
// where blocks are asked for on several ranks, of several runs or with something that is no number of steps.
ExitCode bench(const job::RunArguments& arguments, const BenchOptions& options, comm::MpiSession& session);

// Lists the runs that `run` would train, or suggests renames with which the sweep can be read.
ExitCode plan(const job::RunArguments& arguments, bool suggest_map);
// Prints Keras' table of each distinct model of the file's runs.
ExitCode summary(const job::RunArguments& arguments);
struct CompareArguments {
  std::vector<std::string> directories;
  std::vector<std::string> filters;  // of report::filter
  std::string sort;                  // of report::sort; empty: best first
  bool json = false;
  bool csv = false;
  std::string html;  // a file to write; empty: none
};

// Prints a comparison of the runs in these directories, as a table, as JSON or as CSV, or writes it as a
// page.
ExitCode compare(const CompareArguments& arguments);
// Prints the JSON Schema of a config file, or the table of its keys as Markdown.
ExitCode schema(bool markdown);

}  // namespace cellsweep::cli
