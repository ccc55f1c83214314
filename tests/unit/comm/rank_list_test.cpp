#include "comm/rank_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace cellsweep::comm {
namespace {

TEST(RankList, MakesRanges) {
  EXPECT_EQ(rank_list(std::vector{3}), "rank 3");
  EXPECT_EQ(rank_list(std::vector{3, 4}), "ranks 3, 4");
  EXPECT_EQ(rank_list(std::vector{3, 5, 6, 7, 9}), "ranks 3, 5-7, 9");
}

}  // namespace
}  // namespace cellsweep::comm
