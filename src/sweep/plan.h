// From a sweep to the list of its runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

struct PlannedRun {
  std::string run_id;  // [A-Za-z0-9._-], unique in the sweep: "001-lstm"
  std::vector<std::pair<std::string, std::string>> parameters;  // dotted key, value
  std::int64_t point = 0;  // runs that differ in their training seed only are repeats of one point
};

// All runs, in the order they begin. A grid is ordered as W&B does: keys alphabetically, the last varies
// fastest, duplicates removed. Random draws depend on options.seed alone. `training_seed` is that of the
// first repeat; with several, train.seed becomes a parameter. A sweep without parameters is one point with
// none. Throws UserError where there would be more than 100,000 runs, or a random search has no run_cap.
std::vector<PlannedRun> plan_runs(const SweepOptions& options, std::uint64_t training_seed);

}  // namespace cellsweep::sweep
