// A sweep's folder: a new one, or one whose sweep goes on.
#pragma once

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "config/config.h"
#include "sweep/ledger.h"

namespace cellsweep::cli {

// The folder of a sweep, in the hands of the one process that writes to it.
struct SweepFolder {
  std::filesystem::path directory;
  std::unique_ptr<sweep::Ledger> ledger;
  sweep::LedgerState past;  // of a new sweep: all runs are planned
};

// The config to go on with: that of the sweep in arguments.resume, with its keys of how and where runs are
// trained (parallel.*, metrics.*) from the arguments. Throws UserError with each difference where they
// describe another sweep.
config::Config load_resumed(const RunArguments& arguments);

// Throws UserError where the folder cannot be made or written to.
SweepFolder make_sweep_folder(const config::Config& config, const sweep::MetricOptions& metric,
                              const std::vector<sweep::PlannedRun>& runs);

// Throws UserError where another job writes to the folder, or it has not the runs that the config plans.
SweepFolder open_sweep_folder(const std::filesystem::path& directory, const config::Config& config,
                              const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                              int ranks);

}  // namespace cellsweep::cli
