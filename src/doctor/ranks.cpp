#include <spdlog/fmt/fmt.h>

#include "base/cores.h"
#include "comm/gather_texts.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {

CheckResult check_ranks(const JobTopology& topology, std::optional<int> expected) {
  const auto cores = comm::gather_texts(topology.world, std::to_string(host_cores()));
  std::string found =
      fmt::format("{} rank(s) on {} host(s)", topology.world.size(), topology.first_ranks.size());
  for (std::size_t host = 0; host < topology.first_ranks.size(); ++host) {
    const int first = topology.first_ranks[host];
    found += fmt::format("{}{}: {} rank(s), {} core(s)", host == 0 ? "; " : ", ", topology.host_names[first],
                         topology.ranks_of(host).size(), cores[first]);
  }
  if (!expected || *expected == topology.world.size()) return {Verdict::ok, found, ""};
  return {Verdict::error, fmt::format("{}, but --expect-ranks is {}", found, *expected),
          "the launcher's number of ranks (mpirun -np, srun -n) and its hosts must give as many as expected"};
}

}  // namespace cellsweep::doctor
