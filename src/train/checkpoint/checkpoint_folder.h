// The checkpoints of a run on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/folder_lease.h"

namespace cellsweep::train {

// step-0000001876.safetensors, by the steps done, of which the latest `keep` are kept, and
// best.safetensors. Files of other names are left alone, and a symbolic link is neither read, written
// through nor followed. One thread at a time.
class CheckpointFolder {
 public:
  // `directory` is made when something is written. `lease` outlives this.
  CheckpointFolder(std::filesystem::path directory, std::int64_t keep, const FolderLease& lease);

  // Writes a checkpoint, also as the best one if it is, then removes those that are too many. A file is
  // there whole or not at all. Throws LeaseLostError, or Error that names the path.
  void write(std::int64_t step, std::string_view bytes, bool is_best);
  // A run begins anew: removes all checkpoints of an attempt before, and nothing else. Throws as
  // remove_temporaries().
  void begin();
  // Removes what killed processes left of checkpoints that they were writing. Throws LeaseLostError, and
  // UserError if the folder is a symbolic link.
  void remove_temporaries();
  // Removes all but the newest and the best. Throws LeaseLostError.
  void keep_last();
  // What there is: the newest first, the best one last.
  std::vector<std::filesystem::path> files() const;

 private:
  std::vector<std::filesystem::path> steps() const;
  void write_one(const std::string& name, std::string_view bytes);
  void keep_newest(std::size_t count);
  void check_own() const;

  std::filesystem::path directory_;
  std::size_t keep_;
  const FolderLease& lease_;
};

// Removes what is left of checkpoints that a killed process was writing in `directory`, which need not be
// there. Only who holds the sweep's lock or lease may call this.
void remove_temporary_checkpoints(const std::filesystem::path& directory);

}  // namespace cellsweep::train
