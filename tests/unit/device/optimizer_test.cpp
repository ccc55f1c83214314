#include "device/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "train/schedule.h"

namespace cellsweep::device {
namespace {

TEST(Rates, FollowTheScheduleAndAdamsCorrection) {
  train::TrainOptions options;
  options.optimizer = {.name = train::OptimizerName::adam, .learning_rate = 0.1};
  options.schedule = {.name = train::ScheduleName::cosine, .decay_steps = {}};
  options.gradient_accumulation_steps = 2;
  const auto rates = make_rates(options, 4, 6, 20);
  ASSERT_EQ(rates.size(), 4u);
  for (int batch = 0; batch < 4; ++batch) {
    const std::int64_t update = (6 + batch) / 2;
    const double rate = train::learning_rate(options.schedule, 0.1, update, 20);
    const double t = static_cast<double>(update) + 1;
    EXPECT_FLOAT_EQ(rates[batch].learning_rate, static_cast<float>(rate));
    EXPECT_NEAR(rates[batch].adam_step, rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)),
                1e-7);
  }
}

}  // namespace
}  // namespace cellsweep::device
