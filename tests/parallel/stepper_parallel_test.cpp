// A GPU's stepper, on the host's memory, trains as the host's own does: with options that tests/golden has no
// case of, on any number of ranks.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "device/stepper.h"
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
  const data::Problem problem = data::load_problem({.format = data::Format::synthetic,
                                                    .synthetic = {.task = data::SyntheticTask::copy_memory,
                                                                  .length = 6,
                                                                  .train_samples = 50,
                                                                  .validation_samples = 23}});
  const model::NetworkOptions network{.model = {.cell = model::Cell::gru,
                                                .hidden_size = 12,
                                                .layers = 2,
                                                .bidirectional = true,
                                                .dropout = tested.dropout},
                                      .shape = {problem.train.time, problem.train.features, problem.classes},
                                      .synchronize_batch_norm = tested.synchronize,
                                      .engine = model::Engine::torch};
  const comm::ParallelOptions parallel;
  const auto of_device =
      device::make_host_stepper({tested.options, network, parallel, problem, world(), watchdog()});
  const auto of_host =
      train::make_host_stepper({tested.options, 1, problem, model::make_network(network, world()), world()});

  SilentObserver observer;
  const auto run = [&](train::Stepper& stepper) {
    return train::train({tested.options, true, problem.train.samples, stepper, world(), observer});
  };
  const train::RunResult a = run(*of_device), b = run(*of_host);
  EXPECT_EQ(a.steps, b.steps);
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t epoch = 0; epoch < a.history.size(); ++epoch) {
    EXPECT_NEAR(a.history[epoch].loss, b.history[epoch].loss, 2e-5);
    EXPECT_NEAR(a.history[epoch].val_loss, b.history[epoch].val_loss, 2e-5);
    EXPECT_EQ(a.history[epoch].accuracy, b.history[epoch].accuracy);
    EXPECT_FLOAT_EQ(static_cast<float>(a.history[epoch].learning_rate),
                    static_cast<float>(b.history[epoch].learning_rate));
  }
  for (std::size_t i = 0; i < a.history.size(); ++i)
    for (std::int64_t at = 0; at < of_host->layout().trainable_size; ++at)
      ASSERT_NEAR(of_device->parameters()[at], of_host->parameters()[at], 2e-5) << at;
  for (std::int64_t at = 0; at < of_host->layout().moving_size; ++at)
    ASSERT_NEAR(of_device->moving()[at], of_host->moving()[at], 2e-5) << at;
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
                    Case{.name = "MaxSteps", .options = {.epochs = 3, .batch_size = 12, .max_steps = 7}},
                    Case{.name = "EarlyStoppingRestoresTheBest",
                         .options = {.epochs = 6,
                                     .batch_size = 12,
                                     .optimizer = {.learning_rate = 0.5},
                                     .early_stopping = {.patience = 1, .min_delta = 0.3}}}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace cellsweep
