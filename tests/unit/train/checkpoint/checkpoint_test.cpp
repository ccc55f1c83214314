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

#include "base/file.h"
#include "base/folder_lease.h"
#include "model/weights_file.h"
#include "train/checkpoint/checkpoint_file.h"
#include "train/checkpoint/checkpoint_folder.h"
#include "train/checkpoint/checkpoint_options.h"
#include "train/checkpoint/checkpoint_writer.h"

namespace cellsweep::train {
namespace {

namespace fs = std::filesystem;

model::Layout small_layout() {
  return model::make_layout({.cell = model::Cell::gru, .hidden_size = 2}, {3, 2, 2});
}

std::vector<float> numbers(std::int64_t count, float first) {
  std::vector<float> values(count);
  for (float& value : values) value = first++;
  return values;
}

// Two epochs and four batches of a run on two ranks, with everything that can be there.
Checkpoint whole() {
  const model::Layout layout = small_layout();
  const std::int64_t size = layout.trainable_size;
  Checkpoint checkpoint;
  checkpoint.config = "name: ä\n";
  checkpoint.progress = {
      .epoch = 2,
      .batch = 4,
      .seconds = 12.5,
      .epoch_seconds = 1.25,
      .reason = "none",
      .history = {{.epoch = 1,
                   .step = 9,
                   .metrics = {{"loss", 0.1}, {"val_loss", INFINITY}, {"val_balanced_accuracy", 0.25}}},
                  {.epoch = 2,
                   .step = 18,
                   .metrics = {{"loss", 1e-300},
                               {"accuracy", 0.5},
                               {"val_loss", 0.3},
                               {"val_balanced_accuracy", 0.75}}}},
      .early_stopping = {.any = true,
                         .best = -0.3,
                         .waited = 1,
                         .best_parameters = numbers(size, 0.5f),
                         .best_moving_statistics = numbers(layout.moving_size, 7)}};
  checkpoint.stepper = {
      .steps = 22,
      .updates = 7,
      .learning_rate = 0.1 + 0.2,
      .parameters = numbers(size, 1),
      .moving = numbers(layout.moving_size, 100),
      .first = numbers(size, 1000),
      .second = numbers(size, 2000),
      .shards = {{{0.1 + 0.7, 3, 32, {1, 2.5}}, {std::nan(""), 4, 32, {3, 4}}}, numbers(2 * size, -5)}};
  return checkpoint;
}

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
  EXPECT_EQ(after.stepper.moving, before.stepper.moving);
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
  // Of the header, what JSON passes over makes no difference.
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
                                                                    state.stepper.moving)))
                .find("is no checkpoint"),
            std::string::npos);
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
  const TrainOptions options{.epochs = 5,
                             .batch_size = 16,
                             .optimizer = {.name = OptimizerName::adam},
                             .gradient_accumulation_steps = 3};
  const auto misfit = [](const Checkpoint& checkpoint, const TrainOptions& of,
                         std::int64_t samples) -> std::string {
    try {
      check_checkpoint_fits(checkpoint, of, samples);
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
}

class FolderTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(root_);
    lease_ = std::make_unique<FolderLease>(FolderLease::take(root_));
  }
  void TearDown() override { fs::remove_all(root_); }
  std::vector<std::string> names(const CheckpointFolder& folder) const {
    std::vector<std::string> found;
    for (const auto& path : folder.files()) found.push_back(path.filename().string());
    return found;
  }
  const fs::path root_ =
      fs::temp_directory_path() / ("cellsweep_checkpoint_test_" + std::to_string(getpid()));
  std::unique_ptr<FolderLease> lease_;
};

using Names = std::vector<std::string>;

TEST_F(FolderTest, KeepsTheLatestAndTheBest) {
  CheckpointFolder folder(root_ / "checkpoint", 2, *lease_);
  EXPECT_TRUE(folder.files().empty());
  folder.write(9, "nine", true);
  folder.write(10, "ten", false);
  folder.write(1000, "thousand", false);
  std::ofstream(root_ / "checkpoint" / "step-0000002000.safetensors.partial-Xy12ab") << "torn";
  EXPECT_EQ(names(folder),
            (Names{"step-0000001000.safetensors", "step-0000000010.safetensors", "best.safetensors"}));
  EXPECT_EQ(read_file(root_ / "checkpoint" / "best.safetensors", 100), "nine");
  folder.keep_last();
  EXPECT_EQ(names(folder), (Names{"step-0000001000.safetensors", "best.safetensors"}));
}

TEST_F(FolderTest, OnlyItsOwnFilesAreLetGoOf) {
  CheckpointFolder folder(root_ / "checkpoint", 1, *lease_);
  const std::string others[] = {"step-best.safetensors", "step-1.safetensors", "step-00000000x1.safetensors",
                                "step-0000000003.safetensors.backup"};
  folder.write(7, "seven", true);
  for (const auto& name : others) std::ofstream(root_ / "checkpoint" / name) << "kept";
  std::ofstream(root_ / "checkpoint" / "step-0000000009.safetensors.partial-Xy12ab") << "left";
  std::ofstream(root_ / "checkpoint" / "best.safetensors.partial-Xy12ab") << "left";
  fs::create_symlink(root_ / "owner.json", root_ / "checkpoint" / "step-0000000005.safetensors");
  folder.write(10'000'000'000, "later, and one digit more", false);
  EXPECT_EQ(names(folder), (Names{"step-10000000000.safetensors", "best.safetensors"}));
  folder.sweep();
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "checkpoint"), {}), 2 + 4 + 1);
  folder.begin();
  EXPECT_TRUE(names(folder).empty());
  for (const auto& name : others) EXPECT_TRUE(fs::exists(root_ / "checkpoint" / name)) << name;
  EXPECT_TRUE(fs::is_symlink(root_ / "checkpoint" / "step-0000000005.safetensors"));
}

TEST_F(FolderTest, NoLinkIsFollowed) {
  CheckpointFolder(root_ / "other", 1, *lease_).write(7, "seven", true);
  fs::create_directory_symlink(root_ / "other", root_ / "checkpoint");
  CheckpointFolder folder(root_ / "checkpoint", 1, *lease_);
  EXPECT_TRUE(folder.files().empty());
  EXPECT_THROW(folder.write(8, "eight", false), UserError);
  EXPECT_THROW(folder.begin(), UserError);
  EXPECT_THROW(folder.sweep(), UserError);
  EXPECT_EQ(names(CheckpointFolder(root_ / "other", 1, *lease_)),
            (Names{"step-0000000007.safetensors", "best.safetensors"}));
}

TEST_F(FolderTest, AnotherJobsFolderIsLeftAlone) {
  CheckpointFolder folder(root_ / "checkpoint", 1, *lease_);
  folder.write(1, "mine", false);
  std::ofstream(root_ / "owner.json") << R"({"job":"12","restart":1,"host":"h2"})" << "\n";
  try {
    folder.write(2, "late", false);
    ADD_FAILURE() << "wrote to another job's folder";
  } catch (const LeaseLostError& error) {
    EXPECT_NE(std::string(error.what()).find("job 12, restart 1, host h2"), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(folder.keep_last(), LeaseLostError);
  EXPECT_EQ(names(folder), (Names{"step-0000000001.safetensors"}));
  fs::remove(root_ / "owner.json");
  EXPECT_THROW(folder.write(2, "late", false), LeaseLostError);
}

TEST_F(FolderTest, TheWriterWritesTheLatestAndReportsIt) {
  CheckpointFolder folder(root_ / "checkpoint", 3, *lease_);
  const model::Layout layout = small_layout();
  CheckpointWriter writer(folder, layout);
  const auto at_step = [](std::int64_t steps) {
    Checkpoint checkpoint = whole();
    checkpoint.stepper.steps = steps;
    return std::make_shared<const Checkpoint>(std::move(checkpoint));
  };
  EXPECT_FALSE(writer.take_report());
  writer.write(at_step(20), true);
  for (std::int64_t steps = 21; steps <= 40; ++steps) writer.write(at_step(steps), false);
  writer.finish();
  const Names found = names(folder);
  EXPECT_EQ(found.front(), "step-0000000040.safetensors");
  EXPECT_EQ(found.back(), "best.safetensors");
  const std::string best = read_file(root_ / "checkpoint" / "best.safetensors", 1 << 20);
  EXPECT_EQ(checkpoint_from_bytes("best", best, layout).stepper.steps, 20);
  const auto report = writer.take_report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->bytes, static_cast<std::int64_t>(best.size()));
  EXPECT_FALSE(writer.take_report());
}

TEST_F(FolderTest, TheWriterContinuesAfterADiskThatFails) {
  std::ofstream(root_ / "checkpoint") << "a file where the folder should be";
  CheckpointFolder folder(root_ / "checkpoint", 3, *lease_);
  const model::Layout layout = small_layout();
  CheckpointWriter writer(folder, layout);
  writer.write(std::make_shared<const Checkpoint>(whole()), false);
  writer.finish();
  EXPECT_FALSE(writer.take_report());
  fs::remove(root_ / "checkpoint");
  writer.write(std::make_shared<const Checkpoint>(whole()), false);
  writer.finish();
  EXPECT_TRUE(writer.take_report());
  std::ofstream(root_ / "owner.json") << "{}\n";
  writer.write(std::make_shared<const Checkpoint>(whole()), false);
  writer.finish();
  EXPECT_THROW(writer.take_report(), LeaseLostError);
}

TEST(CheckpointOptions, CountTheStepsToTheNext) {
  const CheckpointOptions options{.every_steps = 3};
  EXPECT_EQ(steps_to_checkpoint(options, 0), 3);
  EXPECT_EQ(steps_to_checkpoint(options, 1), 2);
  EXPECT_EQ(steps_to_checkpoint(options, 2), 1);
  EXPECT_EQ(steps_to_checkpoint(options, 3), 3);
  EXPECT_GT(steps_to_checkpoint({}, 3), std::int64_t{1} << 60);
}

TEST(JobIdentity, IsSlurmsAndALaterStartFollowsAnEarlierOne) {
  setenv("SLURM_JOB_ID", "17", 1);
  unsetenv("SLURM_RESTART_COUNT");
  const JobIdentity first = JobIdentity::mine();
  EXPECT_EQ(first.job, "17");
  EXPECT_EQ(first.restart, 0);
  setenv("SLURM_RESTART_COUNT", "1", 1);
  EXPECT_TRUE(JobIdentity::mine().follows(first));
  EXPECT_FALSE(first.follows(JobIdentity::mine()));
  setenv("SLURM_JOB_ID", "1\xff", 1);  // no UTF-8
  EXPECT_TRUE(JobIdentity::mine().follows({"1\xef\xbf\xbd", 0}));
  setenv("SLURM_JOB_ID", "18", 1);
  EXPECT_FALSE(JobIdentity::mine().follows(first));
  unsetenv("SLURM_JOB_ID");
  EXPECT_NE(JobIdentity::mine().job.find(std::to_string(getpid())), std::string::npos);
  EXPECT_FALSE(JobIdentity::mine().follows(JobIdentity::mine()));
  unsetenv("SLURM_RESTART_COUNT");
}

}  // namespace
}  // namespace cellsweep::train
