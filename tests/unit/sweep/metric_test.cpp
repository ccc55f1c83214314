#include "sweep/metric.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellsweep::sweep {
namespace {

TEST(Metric, GoalAndDoubts) {
  EXPECT_EQ(usual_goal("val_loss"), Goal::minimize);
  EXPECT_EQ(usual_goal("val_accuracy"), Goal::maximize);
  EXPECT_TRUE(doubts({"val_loss", Goal::minimize, 0.1}).empty());
  EXPECT_TRUE(doubts({"accuracy", Goal::maximize, 1.0}).empty());
  EXPECT_EQ(
      doubts({"val_loss", Goal::maximize}),
      (std::vector<std::string>{"sweep.metric.goal is maximize, but val_loss is a loss: the run with the "
                                "greatest val_loss counts as the best"}));
  EXPECT_EQ(doubts({"val_accuracy", Goal::minimize}).size(), 1u);
  EXPECT_EQ(doubts({"val_accuracy", Goal::maximize, 95.0}),
            (std::vector<std::string>{"sweep.metric.target is 95, but val_accuracy is from 0 to 1"}));
  EXPECT_EQ(doubts({"loss", Goal::minimize, -1.0}).size(), 1u);
}

}  // namespace
}  // namespace cellsweep::sweep
