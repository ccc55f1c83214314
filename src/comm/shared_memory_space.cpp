#include "comm/shared_memory_space.h"

#include <sys/statvfs.h>
#include <unistd.h>

namespace cellsweep::comm {

std::optional<SharedMemorySpace> shared_memory_space() {
  struct statvfs status {};
  if (access(shared_memory_directory, W_OK) != 0 || statvfs(shared_memory_directory, &status) != 0)
    return std::nullopt;
  // A tmpfs without a bound says that it has no blocks.
  if (status.f_blocks == 0) return SharedMemorySpace{UINT64_MAX, UINT64_MAX};
  return SharedMemorySpace{std::uint64_t{status.f_blocks} * status.f_frsize,
                           std::uint64_t{status.f_bavail} * status.f_frsize};
}

std::string shared_memory_text(const std::optional<SharedMemorySpace>& space, const std::string& host) {
  const std::string place = shared_memory_directory + (" on " + host);
  if (!space) return place + " cannot be written";
  const auto megabytes = [](std::uint64_t bytes) { return std::to_string(bytes / 1'000'000); };
  return place + " has " + megabytes(space->available) + " of " + megabytes(space->size) + " MB free";
}

}  // namespace cellsweep::comm
