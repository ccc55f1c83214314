// Runs whose numbers are lost.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/file.h"
#include "train/checkpoint/checkpoint_file.h"
#include "train/checkpoint/checkpoint_folder.h"
#include "train/checkpoint/checkpoint_writer.h"
#include "train/finite.h"
#include "unit/train/one_weight.h"

namespace cellsweep::train {
namespace {

namespace fs = std::filesystem;
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

TEST(Finite, FindsAHitWhereverItIs) {
  for (const std::size_t size : {1, 7, 4095, 4096, 4097, 10'000})
    for (const float bad : {inf, -inf, nan, -nan})
      for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
        std::vector<float> values(size, std::numeric_limits<float>::max());
        values[0] = -0.0f;
        EXPECT_TRUE(all_finite(values));
        values[at] = bad;
        EXPECT_FALSE(all_finite(values)) << size << " " << at;
      }
  EXPECT_TRUE(all_finite({}));
}

TEST(Finite, NamesWhatIsLost) {
  model::Layout layout;
  layout.trainable = {{"rnn.kernel", {2}, 0, 2}, {"rnn.bias", {1}, 2, 1}};
  layout.trainable_size = 3;
  layout.moving = {{"batch_norm.moving_mean", {1}, 0, 1}};
  layout.moving_size = 1;
  const std::vector<float> good{1, 2, 3}, bad{1, 2, inf}, moving{0}, bad_moving{nan},
      shards{1, 2, 3, nan, 2, 3};
  const std::vector<model::MetricSums> sums{{1, 0, 1}, {std::nan(""), 0, 1}};
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .moving = moving, .first = good, .second = good}),
            "");
  EXPECT_EQ(find_not_finite(layout, {.sums = sums, .parameters = bad}), "loss");
  EXPECT_EQ(find_not_finite(layout, {.parameters = bad, .moving = bad_moving}), "the weight rnn.bias");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .moving = bad_moving}),
            "the moving statistic batch_norm.moving_mean");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .first = bad}),
            "the optimizer's first moment of rnn.bias");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .second = bad}),
            "the optimizer's second moment of rnn.bias");
  EXPECT_EQ(find_not_finite(layout, {.parameters = good, .gradients = shards}),
            "the accumulated gradient of rnn.kernel");
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
  checkpoint.stepper = {.steps = 3, .updates = 3, .parameters = {nan}, .shards = {{{}}, {}}};
  try {
    check_checkpoint_fits(checkpoint, options_, splits_.train.samples, 1);
    ADD_FAILURE() << "goes on";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("not finite"), std::string::npos) << error.what();
  }
  checkpoint.stepper.parameters = {1};
  check_checkpoint_fits(checkpoint, options_, splits_.train.samples, 1);
}

}  // namespace
}  // namespace cellsweep::train
