#include "cli/doctor/site.h"

#include <algorithm>
#include <span>

#include "base/process.h"
#include "comm/gather_texts.h"

namespace cellsweep::cli {

std::vector<int> Site::ranks_of(std::size_t host) const {
  std::vector<int> ranks;
  for (int rank = 0; rank < world.size(); ++rank)
    if (host_of[rank] == static_cast<int>(host)) ranks.push_back(rank);
  return ranks;
}

// Names alone would not tell hosts apart: containers of one host have several, cloned machines the same.
Site survey(comm::Communicator& world) {
  Site site{
      .world = world, .host_names = comm::gather_texts(world, host_name()), .first_ranks = {}, .host_of = {}};
  int first = world.rank();
  world.split_by_host()->broadcast(std::as_writable_bytes(std::span(&first, 1)), 0);
  std::vector<int> firsts(static_cast<std::size_t>(world.size()));
  world.all_gather(std::as_bytes(std::span(&first, 1)), std::as_writable_bytes(std::span(firsts)));
  for (int rank = 0; rank < world.size(); ++rank)
    if (firsts[rank] == rank) site.first_ranks.push_back(rank);
  for (const int its_first : firsts)
    site.host_of.push_back(
        static_cast<int>(std::ranges::find(site.first_ranks, its_first) - site.first_ranks.begin()));
  return site;
}

}  // namespace cellsweep::cli
