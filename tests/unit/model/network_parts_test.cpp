// Dropout, batch normalization and losses, each alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "comm/communicator.h"
#include "model/batch_norm.h"
#include "model/dropout.h"
#include "model/loss.h"

namespace cellsweep::model {
namespace {

TEST(Dropout, MaskBelongsToThePositionInTheGlobalBatch) {
  constexpr std::int64_t features = 7;
  const DropoutPosition position{.seed = 5, .step = 4, .layer = 1, .backward = false};
  std::vector<float> whole(1000 * features), tail(400 * features), other(whole.size());
  fill_dropout_mask(position, 0.25, 0, features, whole);
  fill_dropout_mask(position, 0.25, 600, features, tail);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), whole.begin() + 600 * features));
  double dropped = 0;
  for (const float value : whole) {
    EXPECT_TRUE(value == 0.0f || value == 4.0f / 3.0f);
    dropped += value == 0.0f ? 1 : 0;
  }
  EXPECT_NEAR(dropped / 7000, 0.25, 0.02);
  for (const DropoutPosition& elsewhere : {DropoutPosition{6, 4, 1, false}, DropoutPosition{5, 5, 1, false},
                                           DropoutPosition{5, 4, 0, false}, DropoutPosition{5, 4, 1, true}}) {
    fill_dropout_mask(elsewhere, 0.25, 0, features, other);
    EXPECT_NE(other, whole);
  }
}

TEST(BatchNorm, UsesBiasedVarianceAndMovesByAHundredth) {
  const auto group = comm::make_self_communicator();
  BatchNorm layer(2, true, *group);
  const std::vector<float> gamma{2, 1}, beta{0.5f, 0};
  std::vector<float> mean{0, 0}, variance{1, 1};
  const BatchNormWeights weights{gamma, beta, mean, variance};
  const std::vector<float> inputs{1, 10, 3, 20, 8, 30};
  std::vector<float> outputs(inputs.size());
  layer.forward(weights, inputs,
                {.samples = 3, .inputs = {}, .labels = {}, .targets = {}, .global_samples = 3}, outputs);
  const double biased = (9 + 1 + 16) / 3.0;
  EXPECT_NEAR(outputs[0], 2 * (1 - 4) / std::sqrt(biased + 1e-3) + 0.5, 1e-5);
  EXPECT_NEAR(outputs[5], 10 / std::sqrt(200 / 3.0 + 1e-3), 1e-5);
  EXPECT_NEAR(mean[0], 0.04, 1e-6);
  EXPECT_NEAR(variance[0], 0.99 + 0.01 * biased, 1e-6);
  layer.infer(weights, inputs, outputs);
  EXPECT_NEAR(outputs[0], 2 * (1 - mean[0]) / std::sqrt(variance[0] + 1e-3) + 0.5, 1e-5);
}

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
