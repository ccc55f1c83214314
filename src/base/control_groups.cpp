#include "base/control_groups.h"

#include <fstream>

namespace cellsweep {

bool ControlGroup::controls(std::string_view controller) const {
  return ("," + controllers + ",").find("," + std::string(controller) + ",") != std::string::npos;
}

std::vector<ControlGroup> control_groups(const std::filesystem::path& root) {
  std::vector<ControlGroup> groups;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return groups;
}

}  // namespace cellsweep
