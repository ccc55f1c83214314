#include "doctor/topology.h"

#include <algorithm>
#include <span>

#include "base/process.h"
#include "comm/gather_texts.h"
#include "comm/gpu/device.h"

namespace cellsweep::doctor {

std::vector<int> JobTopology::ranks_of(std::size_t host) const {
  std::vector<int> ranks;
  for (int rank = 0; rank < world.size(); ++rank)
    if (host_of[rank] == static_cast<int>(host)) ranks.push_back(rank);
  return ranks;
}

std::int64_t JobTopology::most_visible_devices() const {
  std::int64_t most = comm::visible_devices();
  world.all_reduce(std::span(&most, 1), comm::Reduction::max);
  return most;
}

// Names alone do not distinguish hosts: containers of one host have several, cloned machines the same.
JobTopology find_topology(comm::Communicator& world) {
  JobTopology topology{
      .world = world, .host_names = comm::gather_texts(world, host_name()), .first_ranks = {}, .host_of = {}};
  int first = world.rank();
  world.split_by_host()->broadcast(std::as_writable_bytes(std::span(&first, 1)), 0);
  std::vector<int> firsts(world.size());
  world.all_gather(std::as_bytes(std::span(&first, 1)), std::as_writable_bytes(std::span(firsts)));
  for (int rank = 0; rank < world.size(); ++rank)
    if (firsts[rank] == rank) topology.first_ranks.push_back(rank);
  for (const int its_first : firsts)
    topology.host_of.push_back(
        static_cast<int>(std::ranges::find(topology.first_ranks, its_first) - topology.first_ranks.begin()));
  return topology;
}

}  // namespace cellsweep::doctor
