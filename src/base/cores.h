#pragma once

#include <vector>

namespace cellsweep {

// How many cores this process may run on, as its launcher bound it; at least 1.
int available_cores();

// The system's numbers of these cores, ascending; empty if the system does not say.
std::vector<int> available_core_numbers();

// How many cores the host has, whoever may run on them.
int host_cores();

}  // namespace cellsweep
