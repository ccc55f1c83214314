#include "comm/parallel_options.h"

#include "base/error.h"

namespace cellsweep::comm {

int shards_per_rank(const ParallelOptions& options, int ranks) {
  if (!options.reproducible) return 1;
  if (reproducible_shards % ranks != 0)
    throw UserError("parallel.reproducible cuts a batch in " + std::to_string(reproducible_shards) +
                    " shards: it needs 1, 2, 4 or 8 ranks, not " + std::to_string(ranks));
  return reproducible_shards / ranks;
}

}  // namespace cellsweep::comm
