// A sweep's folder: a new one, or one whose sweep goes on.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/folder_lease.h"
#include "config/config.h"
#include "job/run_arguments.h"
#include "sweep/ledger.h"

namespace cellsweep::job {

// The folder of a sweep, in the hands of the one process that writes to it.
struct SweepFolder {
  std::filesystem::path directory;
  std::unique_ptr<sweep::Ledger> ledger;
  std::optional<FolderLease> lease;  // the folder is this job's
  sweep::LedgerState past;           // of a new sweep: all runs are planned
};

// The config to go on with: that of the sweep in arguments.resume, with its keys of how and where runs are
// trained (parallel.*, metrics.*) from the arguments; where there is no sweep yet, that of the arguments.
// Throws UserError with each difference where they describe another sweep.
config::Config load_resumed(const RunArguments& arguments);

// The folder of the sweep that the arguments ask for: a new one, or the one in arguments.resume, on `ranks`
// ranks. Its ledger is locked before anything is written there. Throws UserError where the folder cannot be
// made or written to, another job writes to it, it holds another sweep or other runs than the config plans,
// or its ledger does not know of runs that are there: such a folder is left as it is.
SweepFolder open_sweep_folder(const RunArguments& arguments, const config::Config& config,
                              const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                              int ranks);

}  // namespace cellsweep::job
