#include "train/checkpoint_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

#include "base/file.h"

namespace cellsweep::train {
namespace {

constexpr std::string_view best_name = "best.safetensors";

}  // namespace

CheckpointFolder::CheckpointFolder(std::filesystem::path directory, std::int64_t keep, const Fence& fence)
    : directory_(std::move(directory)), keep_(static_cast<std::size_t>(keep)), fence_(fence) {}

void CheckpointFolder::write(std::int64_t step, std::string_view bytes, bool is_best) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) throw Error(directory_.string() + ": cannot be made: " + error.message());
  write_one(fmt::format("step-{:010}.safetensors", step), bytes);
  if (is_best) write_one(std::string(best_name), bytes);
  keep_newest(keep_);
}

// The disk may take its time, in which the folder may come to belong to another job.
void CheckpointFolder::write_one(const std::string& name, std::string_view bytes) {
  AtomicFile file(directory_ / name);
  file.write(bytes);
  file.sync();
  fence_.check();
  file.commit();
}

void CheckpointFolder::keep_last() {
  keep_newest(1);
}

void CheckpointFolder::keep_newest(std::size_t count) {
  const auto all = steps();
  fence_.check();
  for (std::size_t i = count; i < all.size(); ++i) {
    std::error_code ignored;  // one file too many does no harm
    std::filesystem::remove(all[i], ignored);
  }
}

std::vector<std::filesystem::path> CheckpointFolder::files() const {
  auto all = steps();
  if (std::filesystem::exists(directory_ / best_name)) all.push_back(directory_ / best_name);
  return all;
}

// The newest first. Names of temporary files end otherwise.
std::vector<std::filesystem::path> CheckpointFolder::steps() const {
  std::vector<std::filesystem::path> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".safetensors")) found.push_back(entry.path());
  }
  std::ranges::sort(found, std::greater<>());
  return found;
}

}  // namespace cellsweep::train
