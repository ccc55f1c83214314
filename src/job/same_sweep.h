// Whether a sweep that was begun is the one that is wanted now.
#pragma once

#include <filesystem>
#include <vector>

#include "config/config.h"
#include "sweep/ledger.h"
#include "sweep/plan.h"

namespace cellsweep::job {

// Throws UserError, with a line each difference, unless `wanted` describes the sweep `before`, which was
// begun in `directory`.
void check_same_sweep(const std::filesystem::path& directory, const config::Config& before,
                      const config::Config& wanted);

// Whether the runs of a ledger, `past`, begin with those that are planned now, and the others are such as a
// search may have chosen since: of parameters that the sweep varies. How values are spelled makes no
// difference.
bool is_same_plan(const std::vector<sweep::LedgerRun>& past, const std::vector<sweep::PlannedRun>& runs,
                  const sweep::SweepOptions& options);

}  // namespace cellsweep::job
