// What is looked at before the first run begins, so that nothing is left of what could not begin.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "job/compute.h"
#include "sweep/plan.h"

namespace cellsweep::job {

// Holds the runs that learn from `problem` against this host's memory and, on rank 0, their initial weights
// against their models. A run that cannot be trained is warned of, and fails when its turn comes; where there
// is no other, its UserError is thrown. Adds the ids of those that are warned of to `will_fail`. `ranks`
// train a run together.
void check_runs(const config::Config& config, const std::vector<sweep::PlannedRun>& runs,
                const data::DataOptions& data, const data::Splits& splits, int ranks, int rank,
                const Compute& compute, std::set<std::string>& will_fail);

}  // namespace cellsweep::job
