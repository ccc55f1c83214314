#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cellsweep::train {
namespace {

// One update from zero state, worked out by hand from Keras' formulas.
TEST(Optimizer, FirstUpdates) {
  const auto first = [](OptimizerOptions options) {
    std::vector<float> w{1.0f};
    const std::vector<float> g{0.5f};
    Optimizer(options, 1).update(w, g, 0.1);
    return w[0];
  };
  EXPECT_FLOAT_EQ(first({.name = OptimizerName::sgd}), 0.95f);
  EXPECT_FLOAT_EQ(first({.name = OptimizerName::sgd, .momentum = 0.9}), 0.95f);
  EXPECT_FLOAT_EQ(first({.name = OptimizerName::sgd, .momentum = 0.9, .nesterov = true}),
                  1.0f - 0.045f - 0.05f);
  EXPECT_NEAR(first({.name = OptimizerName::adam}), 0.9f, 1e-5);
  EXPECT_NEAR(first({.name = OptimizerName::adamw, .weight_decay = 0.5}), 0.95f - 0.1f, 1e-5);
  EXPECT_NEAR(first({.name = OptimizerName::rmsprop}), 1.0f - 0.1f * 0.5f / std::sqrt(0.1f * 0.25f), 1e-5);
}

TEST(Optimizer, DefaultLearningRateIsKeras) {
  EXPECT_EQ(OptimizerOptions{}.base_learning_rate(), 0.01);
  EXPECT_EQ(OptimizerOptions{.name = OptimizerName::adam}.base_learning_rate(), 0.001);
  EXPECT_EQ(OptimizerOptions{.learning_rate = 1e-4}.base_learning_rate(), 1e-4);
}

TEST(Clipping, EachKind) {
  model::Layout layout;
  layout.trainable = {{"a", {2}, 0, 2}, {"b", {1}, 2, 1}};
  layout.trainable_size = 3;
  const auto clipped = [&](OptimizerOptions options) {
    std::vector<float> g{3, 4, 12};
    clip_gradients(options, layout, g);
    return g;
  };
  EXPECT_EQ(clipped({}), (std::vector<float>{3, 4, 12}));
  EXPECT_EQ(clipped({.clipvalue = 3.5}), (std::vector<float>{3, 3.5, 3.5}));
  const auto each = clipped({.clipnorm = 2.5});
  EXPECT_FLOAT_EQ(each[0], 1.5f);
  EXPECT_FLOAT_EQ(each[2], 2.5f);
  const auto all = clipped({.global_clipnorm = 6.5});
  EXPECT_FLOAT_EQ(all[0], 1.5f);
  EXPECT_FLOAT_EQ(all[2], 6.0f);
}

}  // namespace
}  // namespace cellsweep::train
