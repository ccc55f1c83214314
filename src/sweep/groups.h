// How the ranks of a job are divided into groups, each of which trains one run at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "comm/parallel_options.h"

namespace cellsweep::sweep {

// Ranks of a group are consecutive, and its first one, the leader, sends its messages. Ranks beyond the last
// group are idle.
struct Groups {
  std::vector<int> sizes;        // ranks of each group
  int group_of(int rank) const;  // -1: idle
  int leader_of(int group) const;
  int working_ranks() const;  // those that are in a group
};

// The groups that `ranks` ranks form for `runs` runs, as options.ranks_per_run wants them. Throws UserError
// if that is none of "all", "auto" and a number of at least 1, or more than there are ranks.
Groups form_groups(const comm::ParallelOptions& options, int ranks, std::size_t runs);

}  // namespace cellsweep::sweep
