#include "comm/pairwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

namespace cellsweep::comm {
namespace {

TEST(AddPairwise, IsTheSameTreeWhereverTheSummandsAre) {
  std::vector<float> values(
      8);  // in an order of addition other than the tree's, their sum rounds differently
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::pow(-3.1f, static_cast<float>(i));
  const auto add = [](std::vector<float> summands) {
    const std::size_t parts = summands.size();
    add_pairwise(std::span(summands), parts);
    return summands.front();
  };
  const float v0 = values[0] + values[1], v1 = values[2] + values[3], v2 = values[4] + values[5],
              v3 = values[6] + values[7];
  EXPECT_EQ(add(values), (v0 + v1) + (v2 + v3));
  for (const std::size_t ranks : {2, 4}) {
    std::vector<float> sums;
    const std::size_t each = values.size() / ranks;
    for (std::size_t rank = 0; rank < ranks; ++rank)
      sums.push_back(add({values.begin() + static_cast<std::ptrdiff_t>(rank * each),
                          values.begin() + static_cast<std::ptrdiff_t>((rank + 1) * each)}));
    EXPECT_EQ(add(sums), add(values));
  }
  EXPECT_EQ(add({1, 2, 3, 4, 5}), 15);
}

}  // namespace
}  // namespace cellsweep::comm
