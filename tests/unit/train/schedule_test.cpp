#include "train/schedule.h"

#include <gtest/gtest.h>

namespace cellsweep::train {
namespace {

TEST(Schedule, WarmsUpFromZeroThenFollowsItsCurve) {
  const ScheduleOptions constant{.warmup_steps = 4};
  EXPECT_DOUBLE_EQ(learning_rate(constant, 0.4, 0, 100), 0.0);
  EXPECT_DOUBLE_EQ(learning_rate(constant, 0.4, 3, 100), 0.3);
  EXPECT_DOUBLE_EQ(learning_rate(constant, 0.4, 4, 100), 0.4);

  const ScheduleOptions step{.name = ScheduleName::step, .decay_steps = 10, .decay_rate = 0.5};
  EXPECT_DOUBLE_EQ(learning_rate(step, 1, 9, 100), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(step, 1, 10, 100), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(step, 1, 25, 100), 0.25);

  const ScheduleOptions cosine{
      .name = ScheduleName::cosine, .warmup_steps = 2, .decay_steps = {}, .alpha = 0.1};
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1, 2, 12), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1, 7, 12), 0.55);
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1, 12, 12), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 1, 50, 12), 0.1);
}

}  // namespace
}  // namespace cellsweep::train
