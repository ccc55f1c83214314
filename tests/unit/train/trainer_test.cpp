// What training does with the weights, what it reports, and runs whose numbers are lost.
#include "train/trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "train/checkpoint/checkpoint_file.h"
#include "train/checkpoint/checkpoint_folder.h"
#include "train/checkpoint/checkpoint_writer.h"
#include "unit/train/one_weight.h"

namespace cellsweep::train {
namespace {

namespace fs = std::filesystem;

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

class DivergedTest : public TrainerTest {
 protected:
  DivergedTest() { fs::create_directories(root_); }
  ~DivergedTest() override { fs::remove_all(root_); }
  std::string reason() {
    try {
      run();
    } catch (const DivergedError& error) {
      EXPECT_EQ(error.code(), ExitCode::failure);
      return error.what();
    }
    return "not diverged";
  }
  // With checkpoints in root_; gives the weight and the step of each that is left, the newest first, the best
  // one last.
  std::vector<std::pair<float, std::int64_t>> left() {
    const FolderLease lease = FolderLease::take(root_);
    CheckpointFolder folder(root_ / "checkpoint", 2, lease);
    const OneWeight network(0);
    {
      CheckpointWriter writer(folder, network.layout());
      checkpointing_.emplace(Checkpointing{checkpoint_options_, "", &writer});
      reason_ = reason();
    }
    checkpointing_.reset();
    std::vector<std::pair<float, std::int64_t>> found;
    for (const fs::path& file : folder.files()) {
      const Checkpoint one = checkpoint_from_bytes(file, read_file(file, 1 << 20), network.layout());
      found.emplace_back(one.stepper.parameters[0], one.stepper.steps);
    }
    return found;
  }
  // After the first epoch, the learning rate is so large that the weight is lost in the second.
  void lose_second_epoch() {
    options_.epochs = 3;
    options_.schedule = {.name = ScheduleName::step, .decay_steps = 4, .decay_rate = 1e30};
  }

  CheckpointOptions checkpoint_options_;
  std::string reason_;
  const fs::path root_ = fs::temp_directory_path() / ("cellsweep_diverged_test_" + std::to_string(getpid()));
};

TEST_F(DivergedTest, ALossOfTraining) {
  weight_ = 1e30f;
  options_.optimizer.learning_rate = 1e-3;
  EXPECT_EQ(reason(),
            "loss is not finite in epoch 1, after step 3: a smaller learning rate or clipping of gradients "
            "may help");
}

TEST_F(DivergedTest, AWeightThatTheLossHasNotMetYet) {
  options_.max_steps = 1;
  options_.optimizer.learning_rate = 1e39;
  EXPECT_NE(reason().find("the weight w is not finite in epoch 1, after step 1"), std::string::npos)
      << reason();
}

TEST_F(DivergedTest, ALossOfValidationAlone) {
  splits_.validation.inputs = data::Array<float>({1, 2, 3, 4, 3e38f});
  EXPECT_EQ(reason(),
            "val_loss (inf) is not finite in epoch 1, after step 3: a smaller learning rate or clipping of "
            "gradients "
            "may help; else look at the validation data");
}

TEST_F(DivergedTest, AMomentWithWeightsThatAreFinite) {
  // A gradient of 4e19 is finite, and so is the squared error; the square of the gradient is not.
  splits_.train.inputs = data::Array<float>({1, 2, 3, 4, 1.8e19f});
  options_.optimizer = {.name = OptimizerName::rmsprop, .learning_rate = 0.1, .rho = 0};
  EXPECT_NE(reason().find("the optimizer's second moment of w"), std::string::npos) << reason();
}

TEST_F(DivergedTest, TheBestEpochAndTheLastGoodCheckpointAreKept) {
  lose_second_epoch();
  const auto good = left();
  EXPECT_NE(reason_.find("not finite in epoch 2"), std::string::npos) << reason_;
  ASSERT_EQ(good.size(), 2u) << "of epoch 1, and the best";
  EXPECT_EQ(good[0], good[1]);
  EXPECT_EQ(good[0].second, 3);
  EXPECT_NEAR(good[0].first, 1.752, 1e-3);
}

TEST_F(DivergedTest, NoCheckpointByStepsIsMadeOfWhatIsLost) {
  lose_second_epoch();
  checkpoint_options_.every_steps = 1;
  for (const auto& [weight, step] : left()) EXPECT_TRUE(std::isfinite(weight)) << step;
  EXPECT_NE(reason_.find("in epoch 2, after step "), std::string::npos) << reason_;
}

TEST_F(DivergedTest, ARunThatWasSavedWithLostWeightsDoesNotGoOnFromThere) {
  Checkpoint checkpoint;
  checkpoint.progress.epoch = 1;
  checkpoint.stepper = {.steps = 3, .updates = 3, .parameters = {NAN}, .shards = {{{}}, {}}};
  try {
    check_checkpoint_fits(checkpoint, options_, splits_.train.samples, 1);
    ADD_FAILURE() << "continues";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("not finite"), std::string::npos) << error.what();
  }
  checkpoint.stepper.parameters = {1};
  check_checkpoint_fits(checkpoint, options_, splits_.train.samples, 1);
}

}  // namespace
}  // namespace cellsweep::train
