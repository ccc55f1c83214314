#include <spdlog/fmt/fmt.h>

#include "base/cores.h"
#include "cli/doctor/checks.h"
#include "comm/gather_texts.h"

namespace cellsweep::cli {

Row check_ranks(const Site& site, std::optional<int> expected) {
  const auto cores = comm::gather_texts(site.world, std::to_string(host_cores()));
  std::string found = fmt::format("{} rank(s) on {} host(s)", site.world.size(), site.first_ranks.size());
  for (std::size_t host = 0; host < site.first_ranks.size(); ++host) {
    const int first = site.first_ranks[host];
    found += fmt::format("{}{}: {} rank(s), {} core(s)", host == 0 ? "; " : ", ", site.host_names[first],
                         site.ranks_of(host).size(), cores[first]);
  }
  if (!expected || *expected == site.world.size()) return {Verdict::ok, found, ""};
  return {Verdict::error, fmt::format("{}, but --expect-ranks is {}", found, *expected),
          "the launcher's number of ranks (mpirun -np, srun -n) and its hosts must give as many as expected"};
}

}  // namespace cellsweep::cli
