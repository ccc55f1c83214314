// The ranks of a job and the hosts they are on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.h"

namespace cellsweep::doctor {

struct JobTopology {
  comm::Communicator& world;
  std::vector<std::string> host_names;  // of each rank
  std::vector<int> first_ranks;         // of each host, ascending
  std::vector<int> host_of;             // of each rank, the place of its host in first_ranks

  bool leads_host() const { return first_ranks[host_of[world.rank()]] == world.rank(); }
  bool has_one_host() const { return first_ranks.size() == 1; }
  std::vector<int> ranks_of(std::size_t host) const;
  // Collective: the most GPUs that a rank of the job sees.
  std::int64_t most_visible_devices() const;
};

// Collective. Finds which ranks of `world` are on which host: the same on all ranks. `world` outlives the
// result.
JobTopology find_topology(comm::Communicator& world);

}  // namespace cellsweep::doctor
