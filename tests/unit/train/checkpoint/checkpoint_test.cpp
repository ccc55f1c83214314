#include "train/checkpoint/checkpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "model/weights_file.h"
#include "train/checkpoint/checkpoint_file.h"
#include "train/checkpoint/checkpoint_options.h"
#include "unit/train/checkpoint/whole_checkpoint.h"

namespace cellsweep::train {
namespace {

namespace fs = std::filesystem;

std::string refusal(const std::string& bytes, const model::Layout& layout = small_layout()) try {
  checkpoint_from_bytes("file", bytes, layout);
  return "";
} catch (const UserError& error) {
  return error.what();
}

TEST(CheckpointFile, GivesBackEveryBit) {
  const Checkpoint before = whole();
  const std::string bytes = to_bytes(before, small_layout());
  const Checkpoint after = checkpoint_from_bytes("file", bytes, small_layout());
  EXPECT_EQ(to_bytes(after, small_layout()), bytes);
  EXPECT_EQ(after.config, before.config);
  EXPECT_EQ(after.progress.epoch, 2);
  EXPECT_EQ(after.progress.batch, 4);
  EXPECT_EQ(after.progress.seconds, 12.5);
  EXPECT_EQ(after.progress.epoch_seconds, 1.25);
  EXPECT_EQ(after.progress.reason, "none");
  ASSERT_EQ(after.progress.history.size(), 2u);
  for (std::size_t epoch = 0; epoch < 2; ++epoch)
    EXPECT_EQ(after.progress.history[epoch].metrics, before.progress.history[epoch].metrics);
  EXPECT_EQ(after.progress.history[1].step, 18);
  EXPECT_TRUE(after.progress.early_stopping.any);
  EXPECT_EQ(after.progress.early_stopping.best, -0.3);
  EXPECT_EQ(after.progress.early_stopping.waited, 1);
  EXPECT_EQ(after.progress.early_stopping.best_parameters, before.progress.early_stopping.best_parameters);
  EXPECT_EQ(after.progress.early_stopping.best_moving_statistics,
            before.progress.early_stopping.best_moving_statistics);
  EXPECT_EQ(after.stepper.steps, 22);
  EXPECT_EQ(after.stepper.updates, 7);
  EXPECT_EQ(after.stepper.learning_rate, 0.1 + 0.2);
  EXPECT_EQ(after.stepper.parameters, before.stepper.parameters);
  EXPECT_EQ(after.stepper.moving_statistics, before.stepper.moving_statistics);
  EXPECT_EQ(after.stepper.first, before.stepper.first);
  EXPECT_EQ(after.stepper.second, before.stepper.second);
  EXPECT_EQ(after.stepper.shards.gradients, before.stepper.shards.gradients);
  ASSERT_EQ(after.stepper.shards.metrics.size(), 2u);
  EXPECT_EQ(after.stepper.shards.metrics[0].loss, 0.1 + 0.7);
  EXPECT_TRUE(std::isnan(after.stepper.shards.metrics[1].loss));
  EXPECT_EQ(after.stepper.shards.metrics[1].correct, 4);
  EXPECT_EQ(after.stepper.shards.metrics[1].samples, 32);
  EXPECT_EQ(after.stepper.shards.metrics[0].more, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(after.stepper.shards.metrics[1].more, (std::vector<double>{3, 4}));
}

TEST(CheckpointFile, IsRefusedWhereverItIsTornOrDamaged) {
  const std::string bytes = to_bytes(whole(), small_layout());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(refusal(bytes.substr(0, size)), "") << size;
  EXPECT_NE(refusal(bytes + '\0'), "");
  // Bytes of the header that JSON ignores make no difference.
  const std::size_t header_end = 8 + static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) +
                                 256 * static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]));
  for (std::size_t at = header_end; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_NE(refusal(damaged).find("checksum"), std::string::npos) << at;
  }
}

TEST(CheckpointFile, SaysWhyAForeignOneIsRefused) {
  const std::string bytes = to_bytes(whole(), small_layout());
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string copy = bytes;
    return copy.replace(copy.find(from), from.size(), to);
  };
  EXPECT_NE(refusal(changed("\"version\":\"1\"", "\"version\":\"2\""))
                .find("is of format 2, but this version reads 1"),
            std::string::npos);
  EXPECT_NE(refusal(changed("cellsweep-checkpoint", "cellsweep-chickpoint")).find("is no checkpoint"),
            std::string::npos);
  EXPECT_NE(refusal(changed("resume.epoch", "resume.epach")).find("checksum"), std::string::npos);
  EXPECT_NE(refusal(changed("\"reason\":\"none\"", "\"reason\":\"nine\"")).find("checksum"),
            std::string::npos);
  const auto other = model::make_layout({.cell = model::Cell::lstm, .hidden_size = 2}, {3, 2, 2});
  EXPECT_NE(refusal(bytes, other).find("rnn.kernel"), std::string::npos);
  const Checkpoint state = whole();
  EXPECT_NE(refusal(model::to_safetensors({}, model::weight_tensors(small_layout(), state.stepper.parameters,
                                                                    state.stepper.moving_statistics)))
                .find("is no checkpoint"),
            std::string::npos);
}

// A new field of an epoch's report changes the format: with it, `version` and this number become others.
TEST(CheckpointFile, HasTheColumnsOfItsVersion) {
  const std::string bytes = to_bytes(whole(), small_layout());
  const model::Safetensors file = model::parse_safetensors("file", bytes);
  EXPECT_EQ(file.metadata.at("version"), "1");
  EXPECT_EQ(file.tensors.at("resume.history").shape, (std::vector<std::uint64_t>{2, 10}));
}

TEST(CheckpointFile, HasBuffersOfTheModelsSizeOrNone) {
  Checkpoint checkpoint = whole();
  checkpoint.stepper.first.pop_back();
  EXPECT_NE(refusal(to_bytes(checkpoint, small_layout())).find("resume.optimizer.first"), std::string::npos);
  checkpoint = whole();
  checkpoint.progress.early_stopping.best_moving_statistics.clear();
  EXPECT_NE(refusal(to_bytes(checkpoint, small_layout())).find("moving' is missing"), std::string::npos);
  checkpoint = whole();
  checkpoint.progress.history.pop_back();
  EXPECT_NE(refusal(to_bytes(checkpoint, small_layout())).find("for each of 2 epochs"), std::string::npos);
  checkpoint = whole();
  checkpoint.stepper.steps = -1;
  EXPECT_NE(refusal(to_bytes(checkpoint, small_layout())).find("'resume.steps' is -1"), std::string::npos);
}

TEST(Checkpoint, FitsOptionsAndSamplesOrIsRefused) {
  // 64 samples of the epoch so far: 4 batches of 16; 22 steps of 9 an epoch; three batches an update.
  const TrainOptions options{
      .epochs = 5,
      .batch_size = 16,
      .loss = model::Loss::mse,
      .metrics = std::vector<std::string>{"mean_absolute_error", "root_mean_squared_error"},
      .optimizer = {.name = OptimizerName::adam},
      .gradient_accumulation_steps = 3};
  const auto misfit = [](const Checkpoint& checkpoint, const TrainOptions& given,
                         std::int64_t samples) -> std::string {
    try {
      check_checkpoint_fits(checkpoint, given, samples, 1);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(misfit(whole(), options, 144), "");
  EXPECT_NE(misfit(whole(), options, 100).find("more steps"), std::string::npos);
  TrainOptions other = options;
  other.optimizer.name = OptimizerName::sgd;
  EXPECT_NE(misfit(whole(), other, 144).find("moments"), std::string::npos);
  other = options;
  other.gradient_accumulation_steps = 2;
  EXPECT_NE(misfit(whole(), other, 144).find("updates"), std::string::npos);
  Checkpoint checkpoint = whole();
  checkpoint.stepper.shards.metrics[0].samples = 31;
  EXPECT_NE(misfit(checkpoint, options, 144).find("number of samples"), std::string::npos);
  other = options;
  other.metrics = std::vector<std::string>{"mean_absolute_error"};
  EXPECT_NE(misfit(whole(), other, 144).find("sums are of other metrics"), std::string::npos);
  for (const std::size_t size : {0, 1, 3}) {
    checkpoint = whole();
    checkpoint.stepper.shards.metrics[1].more.resize(size);
    EXPECT_NE(misfit(checkpoint, options, 144).find("sums are of other metrics"), std::string::npos) << size;
  }
}

TEST(CheckpointOptions, CountTheStepsToTheNext) {
  const CheckpointOptions options{.every_steps = 3};
  EXPECT_EQ(steps_to_checkpoint(options, 0), 3);
  EXPECT_EQ(steps_to_checkpoint(options, 1), 2);
  EXPECT_EQ(steps_to_checkpoint(options, 2), 1);
  EXPECT_EQ(steps_to_checkpoint(options, 3), 3);
  EXPECT_GT(steps_to_checkpoint({}, 3), std::int64_t{1} << 60);
}

}  // namespace
}  // namespace cellsweep::train
