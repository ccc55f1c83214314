#include "model/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "comm/communicator.h"

namespace cellsweep::model {
namespace {

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

}  // namespace
}  // namespace cellsweep::model
