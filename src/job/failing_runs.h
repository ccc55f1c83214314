// What is known to go wrong before the first run begins.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sweep/plan.h"

namespace cellsweep::job {

// Calls `check` with each run whose id is not in `known`, one after the other; beyond the first `most` runs,
// only until one passes. A run for which it throws UserError will fail when its turn comes: `known` gets its
// id, and a line that says so is returned. Throws the first of these errors if no run passes.
std::vector<std::string> find_failing_runs(const std::vector<sweep::PlannedRun>& runs, std::size_t most,
                                           std::set<std::string>& known,
                                           const std::function<void(const sweep::PlannedRun&)>& check);

}  // namespace cellsweep::job
