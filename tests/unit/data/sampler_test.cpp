#include "data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace cellsweep::data {
namespace {

TEST(Sampler, OrderIsAPermutationThatDependsOnSeedAndEpoch) {
  auto order = epoch_order(1000, true, 7, 3);
  EXPECT_EQ(order, epoch_order(1000, true, 7, 3));
  EXPECT_NE(order, epoch_order(1000, true, 7, 4));
  EXPECT_NE(order, epoch_order(1000, true, 8, 3));
  std::vector<std::int64_t> identity(1000);
  std::iota(identity.begin(), identity.end(), 0);
  EXPECT_NE(order, identity);
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, identity);
  EXPECT_EQ(epoch_order(1000, false, 7, 3), identity);
}

// A change of these numbers changes every training there ever was. They were computed by a Philox4x32-10 in
// Python.
TEST(Sampler, OrderIsTheSameOnEveryPlatform) {
  EXPECT_EQ(epoch_order(10, true, 1, 0), (std::vector<std::int64_t>{4, 1, 5, 9, 7, 8, 6, 2, 3, 0}));
  EXPECT_EQ(epoch_order(10, true, (std::uint64_t{1} << 40) + 5, 2),
            (std::vector<std::int64_t>{1, 2, 0, 8, 3, 5, 9, 6, 4, 7}));
}

TEST(Sampler, EveryPositionIsEquallyLikely) {
  std::vector<int> first(5);
  for (int epoch = 0; epoch < 5000; ++epoch) ++first[epoch_order(5, true, 1, epoch)[0]];
  for (const int count : first) EXPECT_NEAR(count, 1000, 130);  // 4.6 standard deviations
}

TEST(Sampler, BatchesCoverTheEpoch) {
  EXPECT_EQ(batch_count(58, 12), 5);
  EXPECT_EQ(batch_count(60, 12), 5);
  EXPECT_EQ(batch_count(3, std::numeric_limits<std::int64_t>::max()), 1);
  EXPECT_EQ(batch_range(58, 12, 0).end, 12);
  EXPECT_EQ(batch_range(58, 12, 4).begin, 48);
  EXPECT_EQ(batch_range(58, 12, 4).end, 58);
  EXPECT_EQ(batch_range(3, std::numeric_limits<std::int64_t>::max(), 0).end, 3);
}

TEST(Sampler, RankSlicesAreContiguousAndDifferByAtMostOne) {
  for (const std::int64_t length : {0, 1, 3, 10, 64}) {
    for (int size = 1; size <= 7; ++size) {
      const Range whole{5, 5 + length};
      std::int64_t position = whole.begin;
      for (int rank = 0; rank < size; ++rank) {
        const Range slice = rank_slice(whole, rank, size);
        EXPECT_EQ(slice.begin, position);
        EXPECT_GE(slice.size(), length / size);
        EXPECT_LE(slice.size(), (length + size - 1) / size);
        position = slice.end;
      }
      EXPECT_EQ(position, whole.end) << length << " over " << size;
    }
  }
}

}  // namespace
}  // namespace cellsweep::data
