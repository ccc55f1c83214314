#include "train/checkpoint/checkpoint_folder.h"

#include <functional>
#include <map>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/file_names.h"
#include "base/folder.h"

namespace cellsweep::train {
CheckpointFolder::CheckpointFolder(std::filesystem::path directory, std::int64_t keep,
                                   const FolderLease& lease)
    : directory_(std::move(directory)), keep_(keep), lease_(lease) {}

void CheckpointFolder::write(std::int64_t step, std::string_view bytes, bool is_best) {
  check_own();
  make_folders(directory_);
  write_one(file_names::step_checkpoint(step), bytes);
  if (is_best) write_one(std::string(file_names::best_checkpoint), bytes);
  keep_newest(keep_);
}

// The disk may take its time, in which the folder may come to belong to another job.
void CheckpointFolder::write_one(const std::string& name, std::string_view bytes) {
  AtomicFile file(directory_ / name);
  file.write(bytes);
  file.sync();
  lease_.check();
  file.commit();
}

void CheckpointFolder::keep_last() {
  keep_newest(1);
}

void remove_temporary_checkpoints(const std::filesystem::path& directory) {
  remove_temporaries(directory, [](std::string_view name) {
    return name == file_names::best_checkpoint || file_names::step_of_checkpoint(name);
  });
}

void CheckpointFolder::begin() {
  remove_temporaries();
  keep_newest(0);
  lease_.check();
  std::error_code none;
  if (is_own_file(directory_ / file_names::best_checkpoint))
    std::filesystem::remove(directory_ / file_names::best_checkpoint, none);
  std::filesystem::remove(directory_, none);  // only if nothing is left in it
}

void CheckpointFolder::remove_temporaries() {
  check_own();
  lease_.check();
  remove_temporary_checkpoints(directory_);
}

// Through a link, other files would be removed.
void CheckpointFolder::check_own() const {
  const auto type = std::filesystem::symlink_status(directory_).type();
  if (type == std::filesystem::file_type::not_found || type == std::filesystem::file_type::directory) return;
  throw UserError(directory_.string() + (type == std::filesystem::file_type::symlink
                                             ? ": is a symbolic link, where a folder of checkpoints should be"
                                             : ": is no folder, where one of checkpoints should be"));
}

void CheckpointFolder::keep_newest(std::size_t count) {
  const auto all = steps();
  lease_.check();
  for (std::size_t i = count; i < all.size(); ++i) {
    std::error_code ignored;  // one file too many does no harm
    std::filesystem::remove(all[i], ignored);
  }
}

std::vector<std::filesystem::path> CheckpointFolder::files() const {
  auto all = steps();
  if (is_own_folder(directory_) && is_own_file(directory_ / file_names::best_checkpoint))
    all.push_back(directory_ / file_names::best_checkpoint);
  return all;
}

// The newest first.
std::vector<std::filesystem::path> CheckpointFolder::steps() const {
  std::map<std::int64_t, std::filesystem::path, std::greater<>> found;
  std::error_code none;
  if (is_own_folder(directory_))
    for (const auto& entry : std::filesystem::directory_iterator(directory_, none))
      if (const auto step = file_names::step_of_checkpoint(entry.path().filename().string());
          step && is_own_file(entry.path()))
        found.emplace(*step, entry.path());
  std::vector<std::filesystem::path> paths;
  for (auto& [step, path] : found) paths.push_back(std::move(path));
  return paths;
}

}  // namespace cellsweep::train
