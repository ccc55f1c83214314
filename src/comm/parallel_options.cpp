#include "comm/parallel_options.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace cellsweep::comm {

int shards_per_rank(const ParallelOptions& options, int ranks) {
  if (!options.reproducible) return 1;
  if (reproducible_shards % ranks != 0)
    throw UserError("parallel.reproducible cuts a batch in " + std::to_string(reproducible_shards) +
                    " shards: it needs 1, 2, 4 or 8 ranks, not " + std::to_string(ranks));
  return reproducible_shards / ranks;
}

std::vector<int> group_sizes(const ParallelOptions& options, int ranks, std::size_t runs) {
  const std::string& wish = options.ranks_per_run;
  if (wish == "all") return {ranks};
  if (wish == "auto") {
    const int groups = static_cast<int>(std::clamp<std::size_t>(runs, 1, static_cast<std::size_t>(ranks)));
    int size = ranks / groups;
    if (options.reproducible) {
      // The sizes that a reproducible run can have, of which the largest that fits serves.
      while (reproducible_shards % size != 0) --size;
      return std::vector<int>(static_cast<std::size_t>(groups), size);
    }
    std::vector<int> sizes(static_cast<std::size_t>(groups), size);
    for (int rest = 0; rest < ranks % groups; ++rest) ++sizes[static_cast<std::size_t>(rest)];
    return sizes;
  }
  int size = 0;
  const auto [end, error] = std::from_chars(wish.data(), wish.data() + wish.size(), size);
  if (error != std::errc() || end != wish.data() + wish.size() || size < 1)
    throw UserError("parallel.ranks_per_run: is " + wish +
                    "; it must be all, auto or a number of at least 1");
  if (size > ranks)
    throw UserError("parallel.ranks_per_run: is " + wish + ", but there are " + std::to_string(ranks) +
                    " rank(s); start more, or set it to all or auto");
  return std::vector<int>(static_cast<std::size_t>(ranks / size), size);
}

}  // namespace cellsweep::comm
