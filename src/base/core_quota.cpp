#include "base/core_quota.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>

#include "base/control_groups.h"

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

constexpr double no_limit = std::numeric_limits<double>::infinity();

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// What a folder of a control group says: version 2 has "max 100000" or "200000 100000" in one file, version 1
// two files, with -1 for no limit.
double quota_of(const fs::path& folder) {
  double quota = -1, period = 0;
  std::istringstream(first_line(folder / "cpu.max")) >> quota >> period;
  if (period <= 0) {
    quota = -1;
    std::istringstream(first_line(folder / "cpu.cfs_quota_us")) >> quota;
    std::istringstream(first_line(folder / "cpu.cfs_period_us")) >> period;
  }
  return quota > 0 && period > 0 ? quota / period : no_limit;
}

// The least quota of the group at `path` below `mount` and of all groups above it.
double quota_from(const fs::path& mount, const std::string& path) {
  double least = quota_of(mount);
  fs::path folder = mount;
  for (const fs::path& part : fs::path(path).relative_path())
    least = std::min(least, quota_of(folder /= part));
  return least;
}

}  // namespace

int physical_cores(const std::vector<int>& numbers, const fs::path& root) {
  std::set<std::string> cores;
  for (const int number : numbers) {
    const std::string cpu = "cpu" + std::to_string(number);
    // "0,32", the same for both; if the system does not say, each is a core.
    const std::string threads =
        first_line(root / "sys/devices/system/cpu" / cpu / "topology/thread_siblings_list");
    cores.insert(threads.empty() ? cpu : threads);
  }
  return static_cast<int>(cores.size());
}

double core_quota(const fs::path& root) {
  double least = no_limit;
  const fs::path mount = root / "sys/fs/cgroup";
  for (const ControlGroup& group : control_groups(root)) {
    if (group.is_version_2())
      least = std::min({least, quota_from(mount, group.path), quota_from(mount / "unified", group.path)});
    else if (group.controls("cpu"))
      least = std::min(
          {least, quota_from(mount / group.controllers, group.path), quota_from(mount / "cpu", group.path)});
  }
  return least;
}

}  // namespace cellsweep
