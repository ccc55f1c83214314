// The subcommands. Each is one file; each returns the exit code or throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "comm/mpi_session.h"
#include "config/config.h"
#include "metrics/terminal.h"

namespace cellsweep::cli {

// Parses the command line and calls a subcommand, on every rank. Bad usage is told on rank 0 and gives
// ExitCode::bad_input. Throws Error where a command's result could not be written to stdout; what `run` shows
// while it trains is no result, and may be lost.
ExitCode run_command_line(int argc, char** argv, comm::MpiSession& session);

struct RunArguments {
  std::string file;         // may be empty where a sweep is resumed
  std::string resume;       // the folder of the sweep to go on with, or to begin; empty: a new one
  std::string sweep_file;   // W&B's form, beside a file without a sweep; empty: none
  config::Renames renames;  // of names in the sweep
  std::vector<config::Assignment> assignments;
  metrics::Progress progress = metrics::Progress::automatic;
  bool print_config = false;

  config::Sources sources() const { return {.path = file, .sweep_path = sweep_file, .renames = renames}; }
};

// Trains every run of the file, several at a time where there are several groups of ranks. Collective.
ExitCode run(const RunArguments& arguments, comm::MpiSession& session);

struct BenchOptions {
  std::int64_t steps = 300;
  bool as_json = false;
  bool blocks = false;  // then go on with what stdin asks for: a number of steps a line
};

// Times training steps of every run of the file, and prints their parts beside the machine's peak: for
// people, or as a JSON object a line. Collective. Leaves no files. Throws UserError or comm::AgreedError
// where blocks are asked for on several ranks, of several runs or with something that is no number of steps.
ExitCode bench(const RunArguments& arguments, const BenchOptions& options, comm::MpiSession& session);

struct DoctorOptions {
  bool as_json = false;
  std::optional<int> expected_ranks;
};

// Looks at what a job needs, on all ranks, and prints a row a check, or one JSON object. The file may be
// empty: defaults. Collective. Gives ExitCode::bad_input where a check found an error. Throws
// comm::AgreedError where the file is wrong.
ExitCode doctor(const RunArguments& arguments, const DoctorOptions& options, comm::MpiSession& session);
// Lists the runs that `run` would train, or suggests renames with which the sweep can be read.
ExitCode plan(const RunArguments& arguments, bool suggest_map);
// Prints Keras' table of each distinct model of the file's runs.
ExitCode summary(const RunArguments& arguments);
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
