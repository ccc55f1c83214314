// A GPU's stepper, on the host's memory, trains as the host's own does: with options that tests/golden has no
// case of, on any number of ranks.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "device/stepper.h"
#include "engines/make_network.h"
#include "model/network.h"
#include "parallel/world.h"
#include "train/trainer.h"

namespace cellsweep {
namespace {

struct SilentObserver final : metrics::Observer {
  std::string name() const override { return "silent"; }
};

struct Case {
  const char* name;
  double dropout = 0;
  bool synchronize = true;
  train::TrainOptions options;
};

class DeviceStepper : public testing::TestWithParam<Case> {};

TEST_P(DeviceStepper, TrainsAsTheHostDoes) {
  const Case& tested = GetParam();
  const data::Splits splits = data::load_splits({.format = data::Format::synthetic,
                                                 .synthetic = {.task = data::SyntheticTask::copy_memory,
                                                               .length = 6,
                                                               .train_samples = 50,
                                                               .validation_samples = 23}});
  const model::NetworkOptions network{.model = {.cell = model::Cell::gru,
                                                .hidden_size = 12,
                                                .layers = 2,
                                                .bidirectional = true,
                                                .dropout = tested.dropout},
                                      .shape = {splits.train.time, splits.train.features, splits.classes},
                                      .metrics = tested.options.metrics,
                                      .synchronize_batch_norm = tested.synchronize,
                                      .engine = model::Engine::torch};
  const comm::ParallelOptions parallel;
  const auto of_device =
      device::make_emulated_stepper({tested.options, network, parallel, splits, world(), watchdog()});
  const auto of_host =
      train::make_cpu_stepper({tested.options, 1, splits, engines::make_network(network, world()), world()});

  SilentObserver observer;
  const auto run = [&](train::Stepper& stepper) {
    return train::run_training({tested.options, true, splits.train.samples, stepper, world(), observer});
  };
  const train::RunResult a = run(*of_device), b = run(*of_host);
  EXPECT_EQ(a.steps, b.steps);
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t epoch = 0; epoch < a.history.size(); ++epoch) {
    const metrics::MetricValues &of_a = a.history[epoch].metrics, &of_b = b.history[epoch].metrics;
    ASSERT_EQ(of_a.size(), of_b.size());
    for (const auto& [name, value] : of_a) EXPECT_NEAR(value, of_b.find(name).value(), 2e-5) << name;
    EXPECT_EQ(of_a.find("accuracy"), of_b.find("accuracy"));
    EXPECT_FLOAT_EQ(static_cast<float>(a.history[epoch].learning_rate),
                    static_cast<float>(b.history[epoch].learning_rate));
  }
  for (std::size_t i = 0; i < a.history.size(); ++i)
    for (std::int64_t at = 0; at < of_host->layout().trainable_size; ++at)
      ASSERT_NEAR(of_device->parameters()[at], of_host->parameters()[at], 2e-5) << at;
  for (std::int64_t at = 0; at < of_host->layout().moving_statistics_size; ++at)
    ASSERT_NEAR(of_device->moving_statistics()[at], of_host->moving_statistics()[at], 2e-5) << at;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, DeviceStepper,
    testing::Values(Case{.name = "Dropout", .dropout = 0.3, .options = {.epochs = 3, .batch_size = 12}},
                    Case{.name = "StatisticsOfEachRank",
                         .synchronize = false,
                         .options = {.epochs = 3, .batch_size = 12}},
                    Case{.name = "RanksWithoutSamples", .options = {.epochs = 1, .batch_size = 3}},
                    Case{.name = "AccumulationOverEpochs",
                         .options = {.epochs = 3,
                                     .batch_size = 12,
                                     .optimizer = {.name = train::OptimizerName::adam, .learning_rate = 0.01},
                                     .schedule = {.name = train::ScheduleName::cosine, .decay_steps = {}},
                                     .gradient_accumulation_steps = 3}},
                    Case{.name = "SeveralStepsAtATime", .options = {.epochs = 2, .batch_size = 2}},
                    Case{.name = "FurtherMetrics",
                         .options = {.epochs = 2,
                                     .batch_size = 12,
                                     .metrics = {{"accuracy", "top_5_accuracy", "balanced_accuracy"}}}},
                    Case{.name = "MaxSteps", .options = {.epochs = 3, .batch_size = 12, .max_steps = 7}},
                    Case{.name = "EarlyStoppingRestoresTheBest",
                         .options = {.epochs = 6,
                                     .batch_size = 12,
                                     .optimizer = {.learning_rate = 0.5},
                                     .early_stopping = {.patience = 1, .min_delta = 0.3}}}),
    [](const auto& tested) { return tested.param.name; });

// Both steppers of one run, with adam's moments and gradients of several batches.
class LostNumbers : public testing::TestWithParam<bool> {
 protected:
  LostNumbers() {
    if (GetParam())
      stepper_ = device::make_emulated_stepper({options_, network_, parallel_, splits_, world(), watchdog()});
    else
      stepper_ =
          train::make_cpu_stepper({options_, 1, splits_, engines::make_network(network_, world()), world()});
  }
  // The state before the first step, on every rank.
  train::StepperState state() {
    train::StepperState state = stepper_->save();
    state.parameters.assign(stepper_->parameters().begin(), stepper_->parameters().end());
    state.moving_statistics.assign(stepper_->moving_statistics().begin(),
                                   stepper_->moving_statistics().end());
    state.first.resize(state.parameters.size());
    state.second.resize(state.parameters.size());
    return state;
  }
  std::string found_in(const train::StepperState& state) {
    stepper_->restore(state);
    return stepper_->find_not_finite();
  }

  const float inf_ = std::numeric_limits<float>::infinity();
  const data::Splits splits_ = data::load_splits({.format = data::Format::synthetic,
                                                  .synthetic = {.task = data::SyntheticTask::copy_memory,
                                                                .length = 6,
                                                                .train_samples = 50,
                                                                .validation_samples = 23}});
  const model::NetworkOptions network_{.model = {.cell = model::Cell::gru, .hidden_size = 12},
                                       .shape = {splits_.train.time, splits_.train.features, splits_.classes},
                                       .engine = model::Engine::torch};
  const comm::ParallelOptions parallel_{};
  train::TrainOptions options_{.epochs = 1,
                               .batch_size = 12,
                               .optimizer = {.name = train::OptimizerName::adam},
                               .gradient_accumulation_steps = 2};
  std::unique_ptr<train::Stepper> stepper_;
};

TEST_P(LostNumbers, AreFoundWhereverTheyAre) {
  const train::StepperState good = state();
  EXPECT_EQ(found_in(good), "");
  train::StepperState lost = good;
  lost.parameters[0] = std::nanf("");
  EXPECT_EQ(found_in(lost), "the weight rnn.kernel");
  lost = good;
  lost.moving_statistics.back() = inf_;
  EXPECT_EQ(found_in(lost), "the moving statistic batch_norm.moving_variance");
  lost = good;
  lost.first.back() = -inf_;
  EXPECT_EQ(found_in(lost), "the optimizer's first moment of dense.bias");
  lost = good;
  lost.second.back() = inf_;
  EXPECT_EQ(found_in(lost), "the optimizer's second moment of dense.bias");
  lost = good;
  for (model::MetricSums& sums : lost.shards.metrics) sums.loss = inf_;
  EXPECT_EQ(found_in(lost), "loss");
  lost = good;
  lost.steps = 1;
  lost.shards.gradients.assign(static_cast<std::size_t>(world().size()) * good.parameters.size(), 0.0f);
  EXPECT_EQ(found_in(lost), "");
  lost.shards.gradients.assign(lost.shards.gradients.size(), inf_);
  EXPECT_EQ(found_in(lost), "the accumulated gradient of rnn.kernel");
}

// A moment is a rank's own: nothing that ranks exchange shows it to the others.
TEST_P(LostNumbers, OnOneRankEndTheRunOnAll) {
  train::StepperState lost = state();
  if (world().rank() == world().size() - 1) lost.second.back() = std::nanf("");
  stepper_->restore(lost);
  SilentObserver observer;
  options_.max_steps = 1;  // within the accumulation, so that no weight moves
  try {
    train::run_training({options_, true, splits_.train.samples, *stepper_, world(), observer});
    ADD_FAILURE() << "rank " << world().rank() << " continues";
  } catch (const train::DivergedError& error) {
    EXPECT_EQ(std::string(error.what()),
              "the optimizer's second moment of dense.bias is not finite in epoch 1, after step 1: a smaller "
              "learning rate or clipping of gradients may help");
  }
}

INSTANTIATE_TEST_SUITE_P(Steppers, LostNumbers, testing::Bool(),
                         [](const auto& of_device) { return of_device.param ? "Device" : "Host"; });

}  // namespace
}  // namespace cellsweep
