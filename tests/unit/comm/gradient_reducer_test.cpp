#include "comm/gradient_reducer.h"

#include <gtest/gtest.h>

#include <array>

namespace cellsweep::comm {
namespace {

TEST(GradientReducer, DividesByTheGlobalSamplesAndCountsBytes) {
  const auto self = make_self_communicator();
  GradientReducer reducer(*self);
  std::array<float, 3> gradients = {6, -3, 1};
  reducer.reduce(gradients, 1, 3);
  EXPECT_EQ(gradients, (std::array<float, 3>{2, -1, 1.0f / 3}));
  reducer.reduce({}, 1, 3);
  EXPECT_EQ(reducer.bytes(), 12);
  EXPECT_GT(reducer.seconds(), 0);
}

TEST(GradientReducer, AddsTheShardsUpBeforeTheRanks) {
  const auto self = make_self_communicator();
  GradientReducer reducer(*self);
  std::array<float, 8> gradients = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto mean = reducer.reduce(gradients, 4, 2);
  ASSERT_EQ(mean.size(), 2);
  EXPECT_EQ(mean[0], 8);
  EXPECT_EQ(mean[1], 10);
  EXPECT_EQ(reducer.bytes(), 8);
}

}  // namespace
}  // namespace cellsweep::comm
