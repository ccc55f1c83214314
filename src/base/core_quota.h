// How much of a host's cores a process may use at a time.
#pragma once

#include <filesystem>
#include <vector>

namespace cellsweep {

// How many physical cores the cores with these numbers are: hardware threads of one core count once. `root`
// holds sys.
int physical_cores(const std::vector<int>& numbers, const std::filesystem::path& root = "/");

// Cores' worth of time that the control groups (version 1 or 2) of this process, and those above, leave it,
// such as docker run --cpus and Kubernetes' limits; infinity if none does. `root` holds proc and sys.
double core_quota(const std::filesystem::path& root = "/");

}  // namespace cellsweep
