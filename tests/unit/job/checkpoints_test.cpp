// From which checkpoint a run resumes.
#include "job/checkpoints.h"

#include <gtest/gtest.h>

#include <string>

#include "job/compute.h"
#include "train/checkpoint/checkpoint_file.h"
#include "unit/metrics/metrics_reports.h"
#include "unit/temporary_folder.h"

namespace cellsweep::job {
namespace {

class FindCheckpoint : public testing::Test {
 protected:
  // After so many epochs of ten steps.
  std::string after(std::int64_t epochs, const config::Config& config) const {
    train::Checkpoint checkpoint;
    checkpoint.progress.epoch = epochs;
    for (std::int64_t epoch = 1; epoch <= epochs; ++epoch)
      checkpoint.progress.history.push_back({.epoch = epoch, .step = 10 * epoch, .metrics = {{"loss", 0.5}}});
    checkpoint.config = config::to_yaml(config);
    checkpoint.stepper.steps = checkpoint.stepper.updates = 10 * epochs;
    checkpoint.stepper.parameters.assign(static_cast<std::size_t>(layout_.trainable_size), 0.5f);
    checkpoint.stepper.moving_statistics.assign(static_cast<std::size_t>(layout_.moving_statistics_size),
                                                0.5f);
    checkpoint.stepper.shards = {{{}}, {}};
    return train::to_bytes(checkpoint, layout_);
  }
  // The steps of the checkpoint that is found; -1: none is.
  std::int64_t steps() const {
    const auto self = comm::make_self_communicator();
    const auto found = find_checkpoint(folder_, config_, layout_, splits_, *self);
    return found ? found->stepper.steps : -1;
  }

  TemporaryFolder run_;
  const FolderLease lease_ = FolderLease::take(run_.path());
  train::CheckpointFolder folder_{run_ / "checkpoint", 5, lease_};
  const config::Config config_ = config::parse_config(
      "data: {format: synthetic, synthetic: {length: 4, train_samples: 640, validation_samples: 8}}\n"
      "train: {loss: mse}\nmodel: {hidden_size: 3}",
      "f");
  const data::Splits splits_ = data::outline_splits(config_.data);
  const model::Layout layout_ = model::make_layout(config_.model, shape_of(splits_));
  const metrics::LogCapture log_;
};

TEST_F(FindCheckpoint, IsTheNewest) {
  EXPECT_EQ(steps(), -1);
  folder_.write(0, after(0, config_), false);
  EXPECT_EQ(steps(), 0);
  folder_.write(20, after(2, config_), false);
  folder_.write(10, after(1, config_), false);
  EXPECT_EQ(steps(), 20);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(FindCheckpoint, PassesOverATornOneAndSaysWhy) {
  folder_.write(0, after(0, config_), false);
  folder_.write(10, after(1, config_).substr(0, 100), false);
  EXPECT_EQ(steps(), 0);
  EXPECT_NE(log_.text().find("warning: a checkpoint is passed over: " + (run_ / "checkpoint")),
            std::string::npos)
      << log_.text();
}

TEST_F(FindCheckpoint, PassesOverOneOfAnotherRun) {
  config::Config other = config_;
  other.train.batch_size = 7;
  folder_.write(0, after(0, other), false);
  EXPECT_EQ(steps(), -1);
  EXPECT_NE(log_.text().find("is of another run: train.batch_size: 7 → 64"), std::string::npos)
      << log_.text();
}

}  // namespace
}  // namespace cellsweep::job
