#include "comm/chunks.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace cellsweep::comm {
namespace {

TEST(ForEachChunk, CoversAllOnceAndInOrder) {
  const auto chunks = [](std::size_t count, std::size_t limit) {
    std::vector<std::pair<std::size_t, int>> result;
    for_each_chunk(count, limit,
                   [&](std::size_t offset, int length) { result.emplace_back(offset, length); });
    return result;
  };
  using Chunks = std::vector<std::pair<std::size_t, int>>;
  EXPECT_EQ(chunks(0, 4), Chunks{});
  EXPECT_EQ(chunks(8, 4), (Chunks{{0, 4}, {4, 4}}));
  EXPECT_EQ(chunks(9, 4), (Chunks{{0, 4}, {4, 4}, {8, 1}}));
  const std::size_t limit = std::size_t{1} << 30;
  EXPECT_EQ(chunks(3 * limit + 5, limit),
            (Chunks{{0, 1 << 30}, {limit, 1 << 30}, {2 * limit, 1 << 30}, {3 * limit, 5}}));
}

}  // namespace
}  // namespace cellsweep::comm
