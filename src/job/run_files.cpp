#include "job/run_files.h"

#include <span>

#include "base/file.h"
#include "base/file_names.h"
#include "sweep/run_folder.h"
#include "sweep/scheduler.h"

namespace cellsweep::job {

void check_run_directory(const std::filesystem::path& directory, const sweep::RunAssignment& assignment) {
  sweep::check_run_folder(directory);
  if (assignment.attempt == 1 && !assignment.resumes && sweep::has_trained_run(directory))
    throw UserError(directory.string() +
                    ": has the weights of a run that the ledger does not know of, which would be lost; move "
                    "that folder elsewhere");
}

RunFiles open_run_files(const std::filesystem::path& directory, const config::Config& config,
                        const model::Layout& layout, const train::Checkpoint* resumed,
                        train::CheckpointFolder& checkpoints, const FolderLease& lease) {
  lease.check();
  if (resumed == nullptr) {
    sweep::begin_run_folder(directory);
    checkpoints.begin();
  } else {
    sweep::remove_temporary_run_files(directory);
    checkpoints.remove_temporaries();
  }
  write_file(directory / file_names::run_config, config::to_yaml(config));
  std::span<const metrics::EpochReport> past;
  if (resumed != nullptr) past = resumed->progress.history;
  RunFiles files;
  files.history = std::make_unique<metrics::HistoryWriter>(directory / file_names::history, past);
  if (config.checkpoint.enabled)
    files.writer = std::make_unique<train::CheckpointWriter>(checkpoints, layout);
  return files;
}

}  // namespace cellsweep::job
