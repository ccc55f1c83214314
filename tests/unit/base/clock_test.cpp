#include "base/clock.h"

#include <gtest/gtest.h>

namespace cellsweep {
namespace {

TEST(RunningClock, CountsFromWhereItWasMade) {
  double now = 1000;
  RunningClock clock([&] { return now; });
  EXPECT_EQ(clock.seconds(), 0);
  now = 1000.5;
  EXPECT_EQ(clock.seconds(), 0);  // nobody looked
  EXPECT_EQ(clock.look(1), 0.5);
  EXPECT_EQ(clock.seconds(), 0.5);
  EXPECT_EQ(clock.look(1), 0.5);
}

TEST(RunningClock, ALateLookCountsAsOneThatIsNot) {
  double now = 0;
  RunningClock clock([&] { return now; });
  now = 3600;
  EXPECT_EQ(clock.look(2), 2);
  now += 1;
  EXPECT_EQ(clock.look(2), 3);
  now += 1.5;
  EXPECT_EQ(clock.look(1), 4);
}

TEST(SteadySeconds, NeverGoBack) {
  const double before = steady_seconds();
  EXPECT_GE(steady_seconds(), before);
}

}  // namespace
}  // namespace cellsweep
