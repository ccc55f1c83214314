// The folder of a sweep: a new one, or that of a sweep that is resumed.
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

// The folder of a sweep, owned by the one process that writes to it.
struct SweepFolder {
  std::filesystem::path directory;
  std::unique_ptr<sweep::Ledger> ledger;
  std::optional<FolderLease> lease;  // this job's, on the folder
  sweep::LedgerState past;           // of a new sweep: all runs are planned
};

// The config to resume with: that of the sweep in arguments.resume, with its keys of how and where runs are
// trained (parallel.*, metrics.*) from the arguments; if there is no sweep yet, that of the arguments. Throws
// UserError, with each difference, if they describe another sweep.
config::Config load_resumed(const RunArguments& arguments);

// The folder of the sweep that the arguments ask for: a new one, or the one in arguments.resume, on `ranks`
// ranks. Its ledger is locked before anything is written there. Throws UserError if the folder cannot be made
// or written to, another job writes to it, it holds another sweep or other runs than the config plans, or its
// ledger does not know of runs that are there. Such a folder is left as it is.
SweepFolder open_sweep_folder(const RunArguments& arguments, const config::Config& config,
                              const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                              int ranks);

}  // namespace cellsweep::job
