// The kernels of a GPU's step, on the host: what tests/golden cannot see.
#include "device/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/dropout.h"

namespace cellsweep::device {
namespace {

const Stream host;

std::vector<float> counting(std::int64_t size) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < size; ++i) values.push_back(static_cast<float>(i % 37) - 11);
  return values;
}

TEST(DeviceKernels, ColumnSumsOfFewAndManyRows) {
  for (const std::int64_t rows : {0, 1, 127, 128, 129, 1000}) {
    constexpr std::int64_t columns = 3;
    const auto a = counting(rows * columns);
    std::vector<float> b(a.rbegin(), a.rend());
    std::vector<double> partial(column_sums_room(rows, columns));
    std::vector<double> sums(2 * columns, -1);
    sum_columns(host, a.data(), b.data(), rows, columns, partial.data(), sums.data());
    std::vector<float> gradient(columns, 100);
    add_column_sums(host, a.data(), rows, columns, partial.data(), gradient.data());
    for (std::int64_t column = 0; column < columns; ++column) {
      double sum = 0, product = 0;
      for (std::int64_t row = 0; row < rows; ++row) {
        sum += a[row * columns + column];
        product += a[row * columns + column] * b[row * columns + column];
      }
      EXPECT_EQ(sums[column], sum) << rows;
      EXPECT_EQ(sums[columns + column], product) << rows;
      EXPECT_EQ(gradient[column], static_cast<float>(100 + sum)) << rows;
    }
  }
}

TEST(DeviceKernels, GatherTakesTheBatchThatTheCounterNames) {
  const std::vector<float> values = counting(5 * 2 * 3);  // (samples, time, features)
  const std::vector<float> targets{10, 11, 12, 13, 14};
  const std::vector<std::int64_t> order{4, 2, 0, 3, 1};
  const std::int64_t batch = 1;
  std::vector<float> inputs(2 * 2 * 3), gathered(2);
  gather(host, {.values = values.data(), .targets = targets.data(), .time = 2, .features = 3},
         {.order = order.data(), .batch = &batch, .batch_size = 2, .first = 1, .count = 2},
         {.inputs = inputs.data(), .targets = gathered.data()});
  EXPECT_EQ(gathered, (std::vector<float>{13, 11}));
  for (int time = 0; time < 2; ++time)
    for (int i = 0; i < 2; ++i)
      for (int feature = 0; feature < 3; ++feature)
        EXPECT_EQ(inputs[(time * 2 + i) * 3 + feature], values[((i == 0 ? 3 : 1) * 2 + time) * 3 + feature]);
}

TEST(DeviceKernels, GatherDividesBytes) {
  const std::vector<std::uint8_t> bytes{0, 51, 102, 255};
  const std::vector<std::int32_t> labels{0, 1, 2, 3};
  const std::int64_t batch = 0;
  for (const float divisor : {255.0f, 1.0f}) {
    std::vector<float> inputs(4);
    std::vector<std::int32_t> gathered(4);
    gather(
        host,
        {.bytes = bytes.data(), .labels = labels.data(), .time = 1, .features = 1, .byte_divisor = divisor},
        {.batch = &batch, .batch_size = 4, .first = 0, .count = 4},
        {.inputs = inputs.data(), .labels = gathered.data()});
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(inputs[i], static_cast<float>(bytes[i]) / divisor);
  }
}

TEST(DeviceKernels, DropoutMaskIsTheHosts) {
  const model::DropoutPosition position{.seed = 7, .step = 41, .layer = 2, .backward = true};
  std::vector<float> expected(6 * 5), mask(6 * 5);
  model::fill_dropout_mask(position, 0.3, 100, 5, expected);
  fill_dropout_mask(host, {.seed = 7, .layer = 2, .backward = true}, &position.step, 0.3, 100, 6, 5,
                    mask.data());
  EXPECT_EQ(mask, expected);
}

TEST(DeviceKernels, Bfloat16RoundsToTheNearest) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values{1.0f,          1.00390625f, 1.01171875f, -3.14159274f,  1.003906369f,
                                  3.3961776e38f, inf,         -inf,        std::nanf("1")};
  const std::vector<float> expected{1.0f, 1.0f, 1.015625f, -3.140625f, 1.0078125f, inf, inf, -inf};
  std::vector<std::uint16_t> rounded(values.size());
  std::vector<float> back(values.size());
  round_to_bfloat16(host, values.data(), std::ssize(values), rounded.data());
  widen_bfloat16(host, rounded.data(), std::ssize(values), back.data());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(back[i], expected[i]) << values[i];
  EXPECT_TRUE(std::isnan(back.back()));
}

TEST(DeviceKernels, RanksWithoutSamplesDoNotMoveTheMovingStatistics) {
  std::vector<float> moving_statistics(2, 5), mean(1), deviation(1);
  const BatchNormMemory memory{.width = 1,
                               .moving_mean = &moving_statistics[0],
                               .moving_variance = &moving_statistics[1],
                               .mean = mean.data(),
                               .inverse_deviation = deviation.data()};
  const std::vector<double> sums{0, 0};
  std::vector<double> statistics(3, -1);
  make_statistics(host, memory, sums.data(), 0, statistics.data());
  move_statistics(host, memory, statistics.data());
  EXPECT_EQ(moving_statistics, (std::vector<float>{5, 5}));
  // The sum of two ranks' statistics counts as their mean.
  statistics = {3 + 5, 1 + 3, 2};
  move_statistics(host, memory, statistics.data());
  EXPECT_FLOAT_EQ(moving_statistics[0], 5 * 0.99f + 4 * 0.01f);
  EXPECT_FLOAT_EQ(moving_statistics[1], 5 * 0.99f + 2 * 0.01f);
}

}  // namespace
}  // namespace cellsweep::device
