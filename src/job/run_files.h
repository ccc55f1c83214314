// The files that a run writes while it trains.
#pragma once

#include <filesystem>
#include <memory>

#include "base/folder_lease.h"
#include "config/config.h"
#include "metrics/history.h"
#include "model/layout.h"
#include "train/checkpoint/checkpoint.h"
#include "train/checkpoint/checkpoint_folder.h"
#include "train/checkpoint/checkpoint_writer.h"

namespace cellsweep::sweep {
struct RunAssignment;
}

namespace cellsweep::job {

// Throws UserError if `directory` cannot be the folder of the run: a symbolic link, or a folder with the
// weights of a run that the ledger does not know of.
void check_run_directory(const std::filesystem::path& directory, const sweep::RunAssignment& assignment);

// What the group's first rank writes.
struct RunFiles {
  std::unique_ptr<metrics::HistoryWriter> history;
  std::unique_ptr<train::CheckpointWriter> writer;  // null if no checkpoints are wanted
};

// Opens the files of a run in `directory`. A run that begins removes what an earlier attempt wrote; one that
// resumes from the checkpoint `resumed` keeps what that knows of. `checkpoints` and `layout` outlive the
// files. Throws LeaseLostError, UserError, or Error that names the path.
RunFiles open_run_files(const std::filesystem::path& directory, const config::Config& config,
                        const model::Layout& layout, const train::Checkpoint* resumed,
                        train::CheckpointFolder& checkpoints, const FolderLease& lease);

}  // namespace cellsweep::job
