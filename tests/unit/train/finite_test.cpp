#include "train/finite.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cellsweep::train {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(Finite, FindsAHitWhereverItIs) {
  for (const std::size_t size : {1, 7, 4095, 4096, 4097, 10'000})
    for (const float bad : {inf, -inf, nan, -nan})
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        std::vector<float> values(size, std::numeric_limits<float>::max());
        values[0] = -0.0f;
        EXPECT_TRUE(all_finite(values));
        values[at] = bad;
        EXPECT_FALSE(all_finite(values)) << size << " " << at;
      }
  EXPECT_TRUE(all_finite({}));
}

TEST(Finite, NamesWhatIsLost) {
  model::Layout layout;
  layout.trainable = {{"rnn.kernel", {2}, 0, 2}, {"rnn.bias", {1}, 2, 1}};
  layout.trainable_size = 3;
  layout.moving_statistics = {{"batch_norm.moving_mean", {1}, 0, 1}};
  layout.moving_statistics_size = 1;
  const std::vector<float> good{1, 2, 3}, bad{1, 2, inf}, moving_statistics{0}, bad_moving{nan},
      shards{1, 2, 3, nan, 2, 3};
  const std::vector<model::MetricSums> sums{{1, 0, 1}, {std::nan(""), 0, 1}};
  EXPECT_EQ(find_not_finite(
                layout,
                {.parameters = good, .moving_statistics = moving_statistics, .first = good, .second = good}),
            "");
  EXPECT_EQ(find_not_finite(layout, {.sums = sums, .parameters = bad}), "loss");
  EXPECT_EQ(find_not_finite(layout, {.parameters = bad, .moving_statistics = bad_moving}),
            "the weight rnn.bias");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .moving_statistics = bad_moving}),
            "the moving statistic batch_norm.moving_mean");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .first = bad}),
            "the optimizer's first moment of rnn.bias");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .second = bad}),
            "the optimizer's second moment of rnn.bias");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .gradients = shards}),
            "the accumulated gradient of rnn.kernel");
}

}  // namespace
}  // namespace cellsweep::train
