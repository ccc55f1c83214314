// The control groups of this process.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cellsweep {

// A line of /proc/self/cgroup (cgroups(7)): "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1.
struct ControlGroup {
  std::string controllers;  // comma-separated; empty: version 2, where a group has all
  std::string path;         // below where the hierarchy is mounted

  bool is_version_2() const { return controllers.empty(); }
  bool controls(std::string_view controller) const;
};

// Empty if the system has none. `root` holds proc.
std::vector<ControlGroup> control_groups(const std::filesystem::path& root);

}  // namespace cellsweep
