#include "base/core_quota.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>

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

// Of the group at `path` below `mount` and of all above it.
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
  std::ifstream groups(root / "proc/self/cgroup");
  // cgroups(7): "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      path = line.substr(second + 1);
    const fs::path mount = root / "sys/fs/cgroup";
    if (controllers.empty()) {
      least = std::min({least, quota_from(mount, path), quota_from(mount / "unified", path)});
    } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
      least = std::min({least, quota_from(mount / controllers, path), quota_from(mount / "cpu", path)});
    }
  }
  return least;
}

}  // namespace cellsweep
