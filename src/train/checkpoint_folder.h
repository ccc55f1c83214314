// The checkpoints of a run on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fence.h"

namespace cellsweep::train {

// step-0000001876.safetensors, by the steps done, of which the latest `keep` are kept, and
// best.safetensors. One thread at a time.
class CheckpointFolder {
 public:
  // `directory` is made when something is written. `fence` outlives this.
  CheckpointFolder(std::filesystem::path directory, std::int64_t keep, const Fence& fence);

  // Writes a checkpoint, as the best one too where it is, then lets go of those that are too many. A file is
  // there whole or not at all. Throws FencedError, or Error that names the path.
  void write(std::int64_t step, std::string_view bytes, bool is_best);
  // Lets go of all but the newest and the best. Throws FencedError.
  void keep_last();
  // What there is: the newest first, the best one last.
  std::vector<std::filesystem::path> files() const;

 private:
  std::vector<std::filesystem::path> steps() const;
  void write_one(const std::string& name, std::string_view bytes);
  void keep_newest(std::size_t count);

  std::filesystem::path directory_;
  std::size_t keep_;
  const Fence& fence_;
};

}  // namespace cellsweep::train
