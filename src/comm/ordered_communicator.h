// A group whose sums do not depend on MPI's choice of algorithm.
#pragma once

#include <memory>

#include "comm/communicator.h"

namespace cellsweep::comm {

// The group `inner`, which outlives it, but for sums: they are made over the ranks as add_pairwise()
// does, whatever the number of hosts and the size. Costs the gathering of every rank's values on every rank.
// For other numbers of ranks than powers of two, sums over shards would depend on the number of ranks.
std::unique_ptr<Communicator> make_ordered_communicator(Communicator& inner);

}  // namespace cellsweep::comm
