// Ranks of hosts that are not there.
#pragma once

#include "doctor/topology.h"
#include "unit/comm/simulated_ranks.h"

namespace cellsweep::doctor {

// Two ranks on n1, two on n2. `world` has four ranks.
inline JobTopology two_hosts(comm::Communicator& world) {
  return {
      .world = world, .host_names = {"n1", "n1", "n2", "n2"}, .first_ranks = {0, 2}, .host_of = {0, 0, 1, 1}};
}

// All ranks of `world` on n1.
inline JobTopology one_host(comm::Communicator& world) {
  const auto ranks = static_cast<std::size_t>(world.size());
  return {.world = world,
          .host_names = std::vector<std::string>(ranks, "n1"),
          .first_ranks = {0},
          .host_of = std::vector<int>(ranks, 0)};
}

}  // namespace cellsweep::doctor
