#include "sweep/groups.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/parse_number.h"

namespace cellsweep::sweep {
namespace {

// As many groups as there are runs, or ranks if those are fewer: every rank has work.
Groups as_many_as(const comm::ParallelOptions& options, int ranks, std::size_t runs) {
  const int groups = static_cast<int>(std::clamp<std::size_t>(runs, 1, ranks));
  int size = ranks / groups;
  if (options.reproducible) {
    // The largest size that fits and that a reproducible run can have.
    while (comm::reproducible_shards % size != 0) --size;
    return {std::vector<int>(groups, size)};
  }
  std::vector<int> sizes(groups, size);
  for (int rest = 0; rest < ranks % groups; ++rest) ++sizes[rest];
  return {sizes};
}

}  // namespace

int Groups::group_of(int rank) const {
  int end = 0;
  for (std::size_t group = 0; group < sizes.size(); ++group) {
    end += sizes[group];
    if (rank < end) return static_cast<int>(group);
  }
  return -1;
}

int Groups::leader_of(int group) const {
  return std::accumulate(sizes.begin(), sizes.begin() + group, 0);
}

int Groups::working_ranks() const {
  return leader_of(static_cast<int>(sizes.size()));
}

Groups form_groups(const comm::ParallelOptions& options, int ranks, std::size_t runs) {
  const std::string& wanted = options.ranks_per_run;
  if (wanted == "all") return {{ranks}};
  if (wanted == "auto") return as_many_as(options, ranks, runs);
  const int size = parse_number<int>(wanted).value_or(0);
  if (size < 1)
    throw UserError("parallel.ranks_per_run: is " + wanted +
                    "; it must be all, auto or a number of at least 1");
  if (size > ranks)
    throw UserError("parallel.ranks_per_run: is " + wanted + ", but there are " + std::to_string(ranks) +
                    " rank(s); start more, or set it to all or auto");
  return {std::vector<int>(ranks / size, size)};
}

}  // namespace cellsweep::sweep
