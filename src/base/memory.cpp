#include "base/memory.h"

#include <spdlog/fmt/fmt.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

#include "base/control_groups.h"
#include "base/error.h"

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

constexpr double unlimited = std::numeric_limits<double>::infinity();
// Version 1 has no word for "no limit", but a number near 2^63.
constexpr double no_group_sets_more = 1e18;
// So little is not worth a look at the system's files.
constexpr double always_there = 1 << 24;

// The value of a line "Name:  1234 kB" of meminfo, in bytes; -1 if there is none.
double meminfo_bytes(const fs::path& root, const std::string& name) {
  std::ifstream file(root / "proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return 1024 * std::strtod(line.c_str() + name.size() + 1, nullptr);
  return -1;
}

// The number in a file of a control group; infinity if there is none, or it says "max".
double group_bytes(const fs::path& file) {
  std::ifstream stream(file);
  double value = 0;
  return stream >> value && value < no_group_sets_more ? value : unlimited;
}

// Lowers `limit` by what the groups at `group` under `mount` and above permit. In a container the path may
// be that of the host: then the groups that it names are not there, and the mount itself is the container's.
void lower(MemoryLimit& limit, const fs::path& mount, fs::path group, const char* file, const char* swap_file,
           double swap) {
  for (group = group.relative_path();; group = group.parent_path()) {
    double bytes = group_bytes(mount / group / file);
    bytes += std::min(swap, swap_file == nullptr ? swap : group_bytes(mount / group / swap_file));
    if (bytes < limit.bytes)
      limit = {bytes,
               fmt::format("its control group {} permits {}", ("/" / group).string(), memory_text(bytes))};
    if (group.empty()) return;
  }
}

double resource_limit(__rlimit_resource resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

MemoryLimit host_memory_limit(const fs::path& root) {
  const double memory = meminfo_bytes(root, "MemTotal"),
               swap = std::max(0.0, meminfo_bytes(root, "SwapTotal"));
  MemoryLimit limit{unlimited, "there is no limit"};
  if (memory > 0) limit = {memory + swap, "this host has " + memory_text(memory + swap) + " of memory"};
  const fs::path groups = root / "sys/fs/cgroup";
  for (const ControlGroup& group : control_groups(root)) {
    if (group.is_version_2())
      for (const fs::path& mount : {groups, groups / "unified"})
        lower(limit, mount, group.path, "memory.max", "memory.swap.max", swap);
    else if (group.controls("memory"))
      lower(limit, groups / "memory", group.path, "memory.limit_in_bytes", nullptr, swap);
  }
  return limit;
}

MemoryLimit process_memory_limit() {
  long mapped = 0;
  std::ifstream("/proc/self/statm") >> mapped;
  MemoryLimit limit{unlimited, "there is no limit"};
  for (const auto& [resource, name] : {std::pair(RLIMIT_AS, "-v"), std::pair(RLIMIT_DATA, "-d")}) {
    const double all = resource_limit(resource);
    // What libraries have mapped is no data, but takes address space.
    const double used =
        resource == RLIMIT_AS ? static_cast<double>(mapped) * static_cast<double>(sysconf(_SC_PAGE_SIZE)) : 0;
    if (all - used < limit.bytes)
      limit = {std::max(0.0, all - used),
               fmt::format("ulimit {} permits {}, of which {} are left", name, memory_text(all),
                           memory_text(std::max(0.0, all - used)))};
  }
  return limit;
}

MemoryLimits memory_limits() {
  return {host_memory_limit(), process_memory_limit()};
}

double available_memory(const fs::path& root) {
  const double available = meminfo_bytes(root, "MemAvailable");
  return available < 0 ? unlimited : std::min(available, host_memory_limit(root).bytes);
}

std::string memory_text(double bytes) {
  if (bytes < 1e9) return fmt::format("{:.0f} MB", std::max(bytes / 1e6, bytes > 0 ? 1.0 : 0.0));
  if (bytes < 1e12) return fmt::format("{:.1f} GB", bytes / 1e9);
  return bytes < 1e16 ? fmt::format("{:.1f} TB", bytes / 1e12) : fmt::format("{:.2g} TB", bytes / 1e12);
}

void require_memory(double bytes, const std::string& what, const std::string& remedy) {
  if (bytes < always_there) return;
  const auto [host, process] = memory_limits();
  const MemoryLimit& limit = process.bytes < host.bytes ? process : host;
  if (bytes > limit.bytes)
    throw UserError(fmt::format("{} {}, but {}; {}", what, memory_text(bytes), limit.reason, remedy));
}

}  // namespace cellsweep
