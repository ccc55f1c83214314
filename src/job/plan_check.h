// The plan of a job, checked before the first step of its first run.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "config/config.h"
#include "sweep/groups.h"
#include "sweep/plan.h"

namespace cellsweep::job {

// The runs of a file, and what is known of them before they begin.
struct PlanSummary {
  sweep::SweepOptions options{};              // of a file without a sweep: one run
  std::vector<sweep::PlannedRun> runs{};      // at least one
  sweep::Groups groups{};                     // that train them
  config::Config first{};                     // of the first run whose config is permitted
  std::int64_t longest = 0;                   // the most epochs of a run
  std::set<std::string> expected_failures{};  // ids of the runs that will fail, as the log says
};

// The groups that train the runs of the file: `total` runs at most. Without a sweep, all ranks train its run.
// Throws UserError as sweep::form_groups() does.
sweep::Groups groups_of(const config::Config& config, int ranks, std::size_t total);

// Plans the runs of the config, forms the groups of ranks, and finds what is wrong with either. Rank 0 logs
// what a person should know. A combination of values that is not permitted costs its run, which fails when
// its turn comes. Throws UserError if no run is permitted, or if the ranks cannot form such groups.
PlanSummary check_plan(const config::Config& config, const comm::Communicator& world);

}  // namespace cellsweep::job
