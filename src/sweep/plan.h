// From a sweep to the list of its runs.
#pragma once

#include <cstdint>
#include <map>
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

// The grid as W&B orders it: keys alphabetically, the last varies fastest, duplicates removed. A sweep
// without parameters is one run with none. Throws UserError where there would be more than 100,000 runs.
std::vector<PlannedRun> plan_runs(const SweepOptions& options);

}  // namespace cellsweep::sweep
