#include "sweep/groups.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

using Sizes = std::vector<int>;

Sizes sizes_of(const char* ranks_per_run, int ranks, std::size_t runs, bool reproducible = false) {
  return form_groups({.ranks_per_run = ranks_per_run, .reproducible = reproducible}, ranks, runs).sizes;
}

TEST(Groups, OneOfAllRanksTrainsEveryRun) {
  EXPECT_EQ(sizes_of("all", 5, 3), Sizes{5});
}

TEST(Groups, KeepEveryRankBusyIfAutomatic) {
  EXPECT_EQ(sizes_of("auto", 7, 3), (Sizes{3, 2, 2}));
  EXPECT_EQ(sizes_of("auto", 3, 100), (Sizes{1, 1, 1}));
  EXPECT_EQ(sizes_of("auto", 4, 1), Sizes{4});
  EXPECT_EQ(sizes_of("auto", 2, 0), Sizes{2});
}

// Eight shards cannot be divided among three ranks.
TEST(Groups, OfReproducibleRunsDivideTheShards) {
  EXPECT_EQ(sizes_of("auto", 7, 2, true), (Sizes{2, 2}));
  EXPECT_EQ(sizes_of("auto", 9, 1, true), Sizes{8});
}

TEST(Groups, OfAGivenSizeLeaveRanksIdle) {
  const Groups groups = form_groups({.ranks_per_run = "2"}, 5, 9);
  EXPECT_EQ(groups.sizes, (Sizes{2, 2}));
  EXPECT_EQ(groups.working_ranks(), 4);
  EXPECT_EQ(groups.group_of(1), 0);
  EXPECT_EQ(groups.group_of(2), 1);
  EXPECT_EQ(groups.group_of(4), -1);
}

TEST(Groups, AreLedByTheirFirstRank) {
  const Groups groups{{3, 1, 2}};
  EXPECT_EQ(groups.leader_of(0), 0);
  EXPECT_EQ(groups.leader_of(1), 3);
  EXPECT_EQ(groups.leader_of(2), 4);
}

TEST(Groups, RefuseWhatIsNoSize) {
  for (const char* wrong : {"0", "-1", "2x", "", "most", "99999999999999999999"})
    EXPECT_THROW(sizes_of(wrong, 4, 1), UserError) << wrong;
  try {
    sizes_of("5", 4, 1);
    FAIL() << "five of four ranks";
  } catch (const UserError& error) {
    EXPECT_STREQ(
        error.what(),
        "parallel.ranks_per_run: is 5, but there are 4 rank(s); start more, or set it to all or auto");
  }
}

}  // namespace
}  // namespace cellsweep::sweep
