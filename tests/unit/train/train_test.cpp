#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "train/gradient_norm.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "unit/train/one_weight.h"

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

TEST_F(TrainerTest, ShortLastBatchCountsByItsSamples) {
  options_.epochs = 1;
  const RunResult result = run();
  double w = 0;
  w -= 0.1 * 2 * (w - 1.5);
  w -= 0.1 * 2 * (w - 3.5);
  w -= 0.1 * 2 * (w - 5.0);
  EXPECT_NEAR(weight_, w, 1e-6);
  EXPECT_EQ(result.steps, 3);
  EXPECT_FALSE(result.history[0].metrics.find("val_accuracy"));
  EXPECT_NEAR(result.history[0].metrics.find("val_loss").value(), 2 + (w - 3) * (w - 3), 1e-5);
}

TEST_F(TrainerTest, AccumulationAveragesBatchesAndCarriesOver) {
  options_.gradient_accumulation_steps = 2;
  run();
  double w = 0;
  w -= 0.1 * ((w - 1.5) + (w - 3.5));
  w -= 0.1 * ((w - 5.0) + (w - 1.5));
  w -= 0.1 * ((w - 3.5) + (w - 5.0));
  EXPECT_NEAR(weight_, w, 1e-6);
}

TEST_F(TrainerTest, MaxStepsEndsWithinAnEpoch) {
  options_.max_steps = 4;
  const RunResult result = run();
  EXPECT_EQ(result.steps, 4);
  EXPECT_EQ(result.history.size(), 2u);
  EXPECT_EQ(result.reason, "max_steps reached");
}

// What the trainer reports, as a line of words.
struct Listener : metrics::Observer {
  std::string name() const override { return "listener"; }
  void on_step(const metrics::StepReport& step) override {
    words += step.gradient_norm ? "norm " : "step ";
    if (step.gradient_norm) norm = *step.gradient_norm;
    bytes += step.all_reduce_bytes;
  }
  void on_ranks(std::span<const metrics::RankReport> ranks) override {
    words += "ranks ";
    last_ranks.assign(ranks.begin(), ranks.end());
  }
  void on_epoch_end(const metrics::EpochReport&) override { words += "epoch "; }
  std::string words;
  double norm = 0;
  std::int64_t bytes = 0;
  std::vector<metrics::RankReport> last_ranks;
};

TEST_F(TrainerTest, ReportsTheNormTheBytesAndTheRanks) {
  Listener listener;
  observer_.add(listener);
  options_.optimizer.clipvalue = 0.5;
  options_.epochs = 1;
  run();
  EXPECT_TRUE(listener.words.starts_with("norm step ")) << listener.words;
  EXPECT_TRUE(listener.words.ends_with("ranks epoch ")) << listener.words;
  EXPECT_NEAR(listener.norm, 3, 1e-6) << "2 (0 - 1.5), before clipping";
  EXPECT_EQ(listener.bytes, 3 * 4);
  ASSERT_EQ(listener.last_ranks.size(), 1u);
  EXPECT_GT(listener.last_ranks[0].compute_seconds, 0);
}

TEST(L2Norm, IsRightForAnyLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<float> values(size);
    double squares = 0;
    for (std::size_t i = 0; i < size; ++i) {
      values[i] = static_cast<float>(i) - 20.5f;
      squares += static_cast<double>(values[i]) * values[i];
    }
    EXPECT_NEAR(l2_norm(values), std::sqrt(squares), 1e-9) << size;
  }
}

}  // namespace
}  // namespace cellsweep::train
