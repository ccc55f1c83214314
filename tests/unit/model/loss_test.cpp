#include "model/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace cellsweep::model {
namespace {

TEST(Loss, IsFiniteForLargeLogitsAndCountsTheFirstLargest) {
  const std::vector<float> logits{1000, 0, -1000, 5, 5, 0};
  const std::vector<std::int32_t> labels{1, 1};
  Batch batch;
  batch.samples = 2;
  batch.labels = labels;
  std::vector<float> gradient(logits.size());
  MetricSums sums;
  compute_loss(Loss::sparse_categorical_crossentropy, batch, {}, logits, gradient, sums);
  EXPECT_NEAR(sums.loss, 1000 + std::log(2 + std::exp(-5.0)), 1e-4);
  EXPECT_EQ(sums.correct, 0);
  EXPECT_EQ(sums.samples, 2);
  EXPECT_NEAR(gradient[0], 1, 1e-6);
  EXPECT_NEAR(gradient[1], -1, 1e-6);
}

}  // namespace
}  // namespace cellsweep::model
