// A run that is interrupted anywhere and resumed ends as one that was not: with the same bits on the same
// number of ranks, and the same metrics on another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/folder_lease.h"
#include "comm/ordered_communicator.h"
#include "comm/parallel_options.h"
#include "engines/make_network.h"
#include "model/network.h"
#include "parallel/world.h"
#include "torch.h"
#include "train/checkpoint/checkpoint_file.h"
#include "train/trainer.h"
#if CELLSWEEP_TORCH
#include "device/stepper.h"
#endif

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

struct Case {
  const char* name;
  model::Engine engine = model::Engine::fused;
  bool on_device = false;
  bool reproducible = false;
  bool synchronize = true;
  train::TrainOptions options;
};

void PrintTo(const Case& tested, std::ostream* out) {
  *out << tested.name;
}

// Says when to interrupt: after so many steps, or so many batches of an evaluation.
struct Clock final : metrics::Observer {
  std::string name() const override { return "clock"; }
  void on_step(const metrics::StepReport&) override {
    ++steps;
    polls = 0;
  }
  // The first poll after a step belongs to it.
  std::int64_t evaluation_batches() const { return polls - 1; }
  std::int64_t steps = 0, polls = 0;
};

// Where a run is interrupted; the last rank alone wants it.
struct Cut {
  std::int64_t steps = 1 << 30;
  std::int64_t batches = 1 << 30;
};

struct Ended {
  train::RunResult result;
  std::vector<float> parameters, moving_statistics;
  std::string checkpoint;  // the latest, on every rank
};

class Resume : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { SKIP_WITHOUT_TORCH(GetParam().engine); }

  // Trains on `group` from `checkpoint` (empty: from the start) to the end or the cut.
  Ended run(comm::Communicator& whole_group, const std::string& checkpoint, const Cut& cut) {
    const Case& tested = GetParam();
    std::unique_ptr<comm::Communicator> ordered;
    if (tested.reproducible) ordered = comm::make_ordered_communicator(whole_group);
    comm::Communicator& group = ordered ? *ordered : whole_group;
    const comm::ParallelOptions parallel{.reproducible = tested.reproducible};
    const std::int64_t shards = comm::shards_per_rank(parallel, group.size());
    const model::NetworkOptions network{
        .model = {.cell = model::Cell::gru, .hidden_size = 8, .dropout = 0.3},
        .shape = {splits_.train.time, splits_.train.features, splits_.classes},
        .synchronize_batch_norm = tested.synchronize,
        .shards = shards,
        .engine = tested.engine};
    std::unique_ptr<train::Stepper> stepper;
#if CELLSWEEP_TORCH
    if (tested.on_device)
      stepper =
          device::make_emulated_stepper({tested.options, network, parallel, splits_, group, watchdog()});
#endif
    if (!stepper)
      stepper = train::make_cpu_stepper(
          {tested.options, shards, splits_, engines::make_network(network, group), group});
    const bool writes = group.rank() == 0;
    const bool wants = group.rank() == group.size() - 1;
    const auto folder_name = fs::temp_directory_path() / ("cellsweep_resume_" + world_name());
    if (writes) fs::create_directories(folder_name);
    std::unique_ptr<FolderLease> lease;
    std::unique_ptr<train::CheckpointFolder> folder;
    std::unique_ptr<train::CheckpointWriter> writer;
    if (writes) {
      lease = std::make_unique<FolderLease>(FolderLease::take(folder_name));
      folder = std::make_unique<train::CheckpointFolder>(folder_name / "checkpoint", 1, *lease);
      writer = std::make_unique<train::CheckpointWriter>(*folder, stepper->layout());
    }
    train::Checkpoint start;
    if (!checkpoint.empty())
      start = train::checkpoint_from_bytes("checkpoint", checkpoint, stepper->layout());
    const train::CheckpointOptions options;
    Clock clock;
    Ended ended;
    ended.result =
        train::run_training({.options = tested.options,
                             .shuffle = true,
                             .training_samples = splits_.train.samples,
                             .stepper = *stepper,
                             .group = group,
                             .observer = clock,
                             .poll = [&] { ++clock.polls; },
                             .stop_request =
                                 [&] {
                                   const bool is_over =
                                       clock.steps >= cut.steps || clock.evaluation_batches() >= cut.batches;
                                   return wants && is_over ? StopRequest::interrupt : StopRequest::none;
                                 },
                             .most_steps_between_questions = 1,
                             .checkpointing = train::Checkpointing{options, "config", writer.get()},
                             .resumed = checkpoint.empty() ? nullptr : &start});
    ended.parameters.assign(stepper->parameters().begin(), stepper->parameters().end());
    ended.moving_statistics.assign(stepper->moving_statistics().begin(), stepper->moving_statistics().end());
    ended.checkpoint = checkpoint;
    if (writes && !folder->files().empty()) ended.checkpoint = read_file(folder->files().front(), 1 << 24);
    if (writes) fs::remove_all(folder_name);
    ended.checkpoint = comm::broadcast_text(group, ended.checkpoint, 0);
    return ended;
  }

  static std::string world_name() { return std::to_string(getppid()) + "_" + std::to_string(world().size()); }

  const data::Splits splits_ = data::load_splits({.format = data::Format::synthetic,
                                                  .synthetic = {.task = data::SyntheticTask::copy_memory,
                                                                .length = 5,
                                                                .train_samples = 50,
                                                                .validation_samples = 40}});
};

void expect_equal(const Ended& a, const Ended& b, float tolerance) {
  EXPECT_EQ(b.result.stopped_by, StopRequest::none);
  EXPECT_EQ(a.result.steps, b.result.steps);
  EXPECT_EQ(a.result.reason, b.result.reason);
  ASSERT_EQ(a.result.history.size(), b.result.history.size());
  for (std::size_t epoch = 0; epoch < a.result.history.size(); ++epoch) {
    const metrics::EpochReport &one = a.result.history[epoch], &other = b.result.history[epoch];
    EXPECT_EQ(one.step, other.step);
    EXPECT_EQ(one.learning_rate, other.learning_rate);
    for (const char* loss : {"loss", "val_loss"})
      EXPECT_NEAR(one.metrics.find(loss).value(), other.metrics.find(loss).value(), tolerance) << epoch;
    if (tolerance == 0) {
      EXPECT_EQ(one.metrics, other.metrics);
    }
  }
  for (std::size_t i = 0; i < a.parameters.size(); ++i)
    ASSERT_NEAR(a.parameters[i], b.parameters[i], tolerance) << i;
  for (std::size_t i = 0; i < a.moving_statistics.size(); ++i)
    ASSERT_NEAR(a.moving_statistics[i], b.moving_statistics[i], tolerance) << i;
}

TEST_P(Resume, EndsAsIfItHadNotBeenInterrupted) {
  const Ended whole = run(world(), "", {});
  EXPECT_GE(whole.result.history.size(), 3u);
  for (std::int64_t cut = 1; cut < whole.result.steps; cut += 3) {
    const Ended first = run(world(), "", {.steps = cut});
    ASSERT_EQ(first.result.stopped_by, StopRequest::interrupt) << cut;
    ASSERT_LT(first.result.steps, whole.result.steps);
    // And again, a few steps on.
    const Ended second = run(world(), first.checkpoint, {.steps = 2});
    expect_equal(whole, run(world(), second.checkpoint, {}), 0);
  }
}

TEST_P(Resume, AnEvaluationThatIsCutShortIsMadeAgain) {
  const Ended whole = run(world(), "", {});
  const Ended first = run(world(), "", {.batches = 1});
  ASSERT_EQ(first.result.stopped_by, StopRequest::interrupt);
  EXPECT_TRUE(first.result.history.empty());
  expect_equal(whole, run(world(), first.checkpoint, {}), 0);
}

TEST_P(Resume, OnAnotherNumberOfRanksItIsTheSameButForRounding) {
  if (world().size() == 1) return;
  const auto subgroup = world().split(world().rank() == 0 ? 0 : 1, 0);
  const float tolerance = GetParam().reproducible ? 0.0f : 2e-4f;
  if (!GetParam().synchronize) return;  // statistics of each rank's own slice depend on the number of ranks
  const Ended whole = run(world(), "", {});
  for (const std::int64_t cut : {2, 11}) {
    std::string checkpoint;
    if (world().rank() == 0) checkpoint = run(*subgroup, "", {.steps = cut}).checkpoint;
    checkpoint = comm::broadcast_text(world(), checkpoint, 0);
    expect_equal(whole, run(world(), checkpoint, {}), tolerance);
  }
}

TEST_P(Resume, ARunThatIsOverStaysSo) {
  const Ended whole = run(world(), "", {});
  ASSERT_NE(whole.checkpoint, "");
  expect_equal(whole, run(world(), whole.checkpoint, {}), 0);
}

const train::TrainOptions adam{.epochs = 4,
                               .batch_size = 12,
                               .optimizer = {.name = train::OptimizerName::adam, .learning_rate = 0.01},
                               .schedule = {.name = train::ScheduleName::cosine, .decay_steps = {}}};

INSTANTIATE_TEST_SUITE_P(
    Cases, Resume,
    testing::Values(Case{.name = "Sgd", .options = {.epochs = 3, .batch_size = 12}},
                    Case{.name = "Adam", .options = adam},
                    Case{.name = "Torch", .engine = model::Engine::torch, .options = adam},
                    Case{
                        .name = "Device", .engine = model::Engine::torch, .on_device = true, .options = adam},
                    Case{.name = "DeviceSeveralStepsAtATime",
                         .engine = model::Engine::torch,
                         .on_device = true,
                         .options = {.epochs = 3, .batch_size = 4, .optimizer = {.momentum = 0.9}}},
                    Case{.name = "DeviceAccumulation",
                         .engine = model::Engine::torch,
                         .on_device = true,
                         .options = {.epochs = 4,
                                     .batch_size = 12,
                                     .optimizer = {.name = train::OptimizerName::rmsprop},
                                     .gradient_accumulation_steps = 3}},
                    Case{.name = "Accumulation",
                         .options = {.epochs = 4,
                                     .batch_size = 12,
                                     .optimizer = {.name = train::OptimizerName::rmsprop},
                                     .gradient_accumulation_steps = 3}},
                    Case{.name = "StatisticsOfEachRank", .synchronize = false, .options = adam},
                    Case{.name = "MaxSteps", .options = {.epochs = 9, .batch_size = 12, .max_steps = 13}},
                    Case{.name = "EarlyStopping",
                         .options = {.epochs = 9,
                                     .batch_size = 12,
                                     .optimizer = {.learning_rate = 0.5},
                                     .early_stopping = {.patience = 2, .min_delta = 0.3}}},
                    Case{.name = "Reproducible", .reproducible = true, .options = adam}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace cellsweep
