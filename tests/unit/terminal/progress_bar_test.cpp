#include "terminal/progress_bar.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/with_commas.h"

namespace cellsweep::terminal {
namespace {

TEST(ProgressBar, FormatsAsKerasDoes) {
  EXPECT_EQ(format_step_time(0), "0s/step");
  EXPECT_EQ(format_step_time(2.4), "2s/step");
  EXPECT_EQ(format_step_time(0.0152), "15ms/step");
  EXPECT_EQ(format_step_time(0.0052), "5.20ms/step");
  EXPECT_EQ(format_step_time(0.000251), "251us/step");
  EXPECT_EQ(format_time_left(59.9), "59s");
  EXPECT_EQ(format_time_left(125), "2:05");
  EXPECT_EQ(format_time_left(3725), "1:02:05");
  EXPECT_EQ(format_metrics({{"val_accuracy", -2.0}, {"loss", 0.001}, {"val_loss", NAN}, {"accuracy", 0.5}}),
            " - accuracy: 0.5000 - loss: 1.0000e-03 - val_accuracy: -2.0000 - val_loss: nan");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

TEST(ProgressBar, ColoursTheCellsThatAreDone) {
  EXPECT_EQ(format_bar(3, 10, true),
            "\x1b[1m 3/10\x1b[0m \x1b[32m━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━\x1b[0m");
  EXPECT_EQ(format_bar(0, 4, true), "\x1b[1m0/4\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m");
  EXPECT_EQ(format_bar(4, 4, false), "4/4 ━━━━━━━━━━━━━━━━━━━━");
}

TEST(ProgressBar, TheFirstStepDoesNotCount) {
  EXPECT_DOUBLE_EQ(seconds_per_step(5, 1, 5), 1);
  EXPECT_DOUBLE_EQ(seconds_per_step(5, 5, 1), 5);
  EXPECT_DOUBLE_EQ(seconds_per_step(5, 0, 0), 0);
}

}  // namespace
}  // namespace cellsweep::terminal
