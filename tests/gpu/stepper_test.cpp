// Training on GPUs, held against training on the host and against itself.
#include "device/stepper.h"

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "comm/gpu/cuda_check.h"
#include "engines/make_network.h"
#include "gpu/gpu.h"
#include "model/network.h"
#include "train/trainer.h"

namespace cellsweep {
namespace {

struct Case {
  model::Cell cell = model::Cell::lstm;
  std::int64_t hidden = 64, layers = 1;
  bool bidirectional = false;
  double dropout = 0;
  model::Engine engine = model::Engine::cudnn;
  train::TrainOptions options{};
  comm::ParallelOptions parallel{};
};

// Sequences whose class is the feature that is largest in the last step.
const data::Splits& splits() {
  static const data::Splits made = data::load_splits({.format = data::Format::synthetic,
                                                      .synthetic = {.task = data::SyntheticTask::copy_memory,
                                                                    .length = 20,
                                                                    .train_samples = 330,
                                                                    .validation_samples = 70}});
  return made;
}

struct Outcome {
  std::vector<float> parameters, moving_statistics;
  double loss = 0, val_loss = 0;
  bool operator==(const Outcome&) const = default;
};

struct SilentObserver final : metrics::Observer {
  std::string name() const override { return "silent"; }
};

model::NetworkOptions network_of(const Case& tested) {
  return {.model = {.cell = tested.cell,
                    .hidden_size = tested.hidden,
                    .layers = tested.layers,
                    .bidirectional = tested.bidirectional,
                    .dropout = tested.dropout},
          .shape = {splits().train.time, splits().train.features, splits().classes},
          .engine = tested.engine};
}

Outcome run(train::Stepper& stepper, const Case& tested, comm::Communicator& group) {
  SilentObserver observer;
  const auto result =
      train::run_training({tested.options, true, splits().train.samples, stepper, group, observer});
  const auto parameters = stepper.parameters(), moving_statistics = stepper.moving_statistics();
  return {.parameters = {parameters.begin(), parameters.end()},
          .moving_statistics = {moving_statistics.begin(), moving_statistics.end()},
          .loss = result.history.back().metrics.find("loss").value(),
          .val_loss = result.history.back().metrics.find("val_loss").value()};
}

Outcome train_on_gpu(const Case& tested, comm::Communicator& group = world()) {
  const model::NetworkOptions network = network_of(tested);
  const auto stepper = device::make_cuda_stepper(
      {tested.options, network, tested.parallel, splits(), group, watchdog()}, *gpu_of_this_rank());
  return run(*stepper, tested, group);
}

Outcome train_on_host(Case tested) {
  tested.engine = model::Engine::torch;
  const auto stepper = train::make_cpu_stepper(
      {tested.options, 1, splits(), engines::make_network(network_of(tested), world()), world()});
  return run(*stepper, tested, world());
}

void expect_near(const Outcome& a, const Outcome& b, double tolerance) {
  ASSERT_EQ(a.parameters.size(), b.parameters.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.parameters.size(); ++i)
    worst = std::max(worst, static_cast<double>(std::abs(a.parameters[i] - b.parameters[i])));
  EXPECT_LE(worst, tolerance);
  EXPECT_NEAR(a.loss, b.loss, tolerance);
  EXPECT_NEAR(a.val_loss, b.val_loss, tolerance);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto cell : {model::Cell::simple_rnn, model::Cell::lstm, model::Cell::gru})
    for (const auto engine : {model::Engine::torch, model::Engine::cudnn}) {
      all.push_back({.cell = cell, .engine = engine});
      all.push_back(
          {.cell = cell, .hidden = 40, .layers = 2, .bidirectional = true, .dropout = 0.2, .engine = engine});
    }
  all.push_back({.cell = model::Cell::gru, .hidden = 300});  // beyond cuDNN's kernels for small layers
  return all;
}

TEST(OnAGpu, EachStepIsThatOfTheHost) {
  SKIP_WITHOUT_GPU();
  for (Case tested : cases())
    for (const std::int64_t steps : {1, 2, 5}) {
      SCOPED_TRACE(std::string(to_name(tested.cell)) + " " + std::string(to_name(tested.engine)) +
                   " hidden " + std::to_string(tested.hidden) + ", steps " + std::to_string(steps));
      tested.options = {.epochs = 1, .max_steps = steps};
      expect_near(train_on_gpu(tested), train_on_host(tested), 1e-5 * static_cast<double>(steps));
    }
}

TEST(OnAGpu, RecordedStepsAreThoseThatAreLaunchedOneByOne) {
  SKIP_WITHOUT_GPU();
  for (Case tested : cases()) {
    SCOPED_TRACE(std::string(to_name(tested.cell)) + " hidden " + std::to_string(tested.hidden));
    tested.options = {.epochs = 6, .batch_size = 16};
    const Outcome recorded = train_on_gpu(tested);
    tested.parallel.cuda_graphs = false;
    EXPECT_EQ(recorded, train_on_gpu(tested));
  }
}

// This program runs on 1, 2 and 4 ranks; each compares with a group of one.
TEST(OnAGpu, RanksGiveWhatOneRankGives) {
  SKIP_WITHOUT_GPU();
  const auto alone = world().split(world().rank(), 0);
  for (Case tested : cases()) {
    SCOPED_TRACE(std::string(to_name(tested.cell)) + " hidden " + std::to_string(tested.hidden));
    tested.options = {.epochs = 3, .batch_size = 50};
    const Outcome one = train_on_gpu(tested, *alone);
    expect_near(train_on_gpu(tested), one, 5e-5);
    tested.parallel.backend = comm::Backend::mpi;
    expect_near(train_on_gpu(tested), one, 5e-5);
  }
}

TEST(OnAGpu, LargeGradientsAddedUpBesideTheBackwardPass) {
  SKIP_WITHOUT_GPU();
  const auto alone = world().split(world().rank(), 0);
  const Case tested{.hidden = 512, .layers = 2, .options = {.epochs = 1, .batch_size = 32}};
  expect_near(train_on_gpu(tested), train_on_gpu(tested, *alone), 5e-5);
}

TEST(OnAGpu, LowerPrecisionStaysClose) {
  SKIP_WITHOUT_GPU();
  Case tested{.options = {.epochs = 4, .batch_size = 16}};
  const Outcome exact = train_on_gpu(tested);
  for (const auto precision : {train::Precision::tf32, train::Precision::bf16}) {
    tested.options.precision = precision;
    const Outcome rounded = train_on_gpu(tested);
    EXPECT_NE(rounded.parameters, exact.parameters) << to_name(precision);
    EXPECT_NEAR(rounded.loss, exact.loss, 0.05 * exact.loss) << to_name(precision);
  }
  tested.options.precision = train::Precision::f32;
  tested.parallel.gradients = comm::GradientType::bfloat16;
  EXPECT_NEAR(train_on_gpu(tested).loss, exact.loss, 0.05 * exact.loss);
}

TEST(OnAGpu, MemoryStaysFlatOverTenThousandSteps) {
  SKIP_WITHOUT_GPU();
  struct MemoryWatcher final : metrics::Observer {
    std::string name() const override { return "memory"; }
    void on_step(const metrics::StepReport& report) override {
      if (report.global_step == 1000) after_a_thousand = free();
      if (report.global_step == 10000) after_ten_thousand = free();
    }
    static std::size_t free() {
      std::size_t bytes = 0, total = 0;
      comm::check_cuda(cudaMemGetInfo(&bytes, &total), "cudaMemGetInfo");
      return bytes;
    }
    std::size_t after_a_thousand = 0, after_ten_thousand = 1;
  } watcher;
  const Case tested{.options = {.epochs = 100000, .batch_size = 16, .max_steps = 10000}};
  const model::NetworkOptions network = network_of(tested);
  const auto stepper = device::make_cuda_stepper(
      {tested.options, network, tested.parallel, splits(), world(), watchdog()}, *gpu_of_this_rank());
  train::run_training({tested.options, true, splits().train.samples, *stepper, world(), watcher});
  EXPECT_EQ(watcher.after_a_thousand, watcher.after_ten_thousand);
}

}  // namespace
}  // namespace cellsweep
