#include "comm/parallel_options.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cellsweep::comm {
namespace {

TEST(ShardsPerRank, AreEightForAllOrOneEach) {
  EXPECT_EQ(shards_per_rank({}, 3), 1);
  const ParallelOptions reproducible{.reproducible = true};
  EXPECT_EQ(shards_per_rank(reproducible, 1), 8);
  EXPECT_EQ(shards_per_rank(reproducible, 4), 2);
  for (const int ranks : {3, 5, 16}) EXPECT_THROW(shards_per_rank(reproducible, ranks), UserError) << ranks;
}

}  // namespace
}  // namespace cellsweep::comm
