#include "train/checkpoint/checkpoint_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/folder_lease.h"
#include "train/checkpoint/checkpoint_file.h"
#include "train/checkpoint/checkpoint_writer.h"
#include "unit/train/checkpoint/whole_checkpoint.h"

namespace cellsweep::train {
namespace {

namespace fs = std::filesystem;

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
  folder.remove_temporaries();
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
  EXPECT_THROW(folder.remove_temporaries(), UserError);
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

}  // namespace
}  // namespace cellsweep::train
