#include "base/goal.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cellsweep {
namespace {

TEST(Goal, SaysWhichIsBetter) {
  EXPECT_TRUE(is_better(2, 1, Goal::maximize) && !is_better(1, 2, Goal::maximize));
  EXPECT_TRUE(is_better(1, 2, Goal::minimize) && !is_better(2, 1, Goal::minimize));
  for (const Goal goal : {Goal::maximize, Goal::minimize})
    EXPECT_FALSE(is_better(1, 1, goal) || is_better(NAN, 1, goal) || is_better(1, NAN, goal));
}

}  // namespace
}  // namespace cellsweep
