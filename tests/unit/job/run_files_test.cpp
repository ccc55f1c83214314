#include "job/run_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sweep/scheduler.h"
#include "unit/temporary_folder.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

namespace fs = std::filesystem;

sweep::RunAssignment attempt(std::int64_t number, bool resumes = false) {
  sweep::RunAssignment assignment;
  assignment.attempt = number;
  assignment.resumes = resumes;
  return assignment;
}

class RunFilesTest : public testing::Test {
 protected:
  // Files of a run, its weights among them.
  void train() {
    fs::create_directory(run_);
    std::ofstream(run_ / "config.yaml") << "name: a\n";
    std::ofstream(run_ / "weights.safetensors") << "weights";
  }
  RunFiles open(const train::Checkpoint* resumed) {
    return open_run_files(run_, config_, layout_, resumed, checkpoints_, lease_);
  }

  TemporaryFolder sweep_;
  const fs::path run_ = sweep_ / "001";
  const FolderLease lease_ = FolderLease::take(sweep_.path());
  train::CheckpointFolder checkpoints_{run_ / "checkpoint", 2, lease_};
  config::Config config_;
  const model::Layout layout_ = model::make_layout({}, {.time = 1, .features = 1, .outputs = 2});
};

TEST_F(RunFilesTest, WeightsThatTheLedgerDoesNotKnowAreNotLost) {
  EXPECT_NO_THROW(check_run_directory(run_, attempt(1)));
  train();
  EXPECT_NE(user_error([&] { check_run_directory(run_, attempt(1)); }).find("has the weights of a run"),
            std::string::npos);
  EXPECT_NO_THROW(check_run_directory(run_, attempt(2)));
  EXPECT_NO_THROW(check_run_directory(run_, attempt(1, true)));
}

TEST_F(RunFilesTest, ALinkIsNoFolderOfARun) {
  fs::create_directory(sweep_ / "elsewhere");
  fs::create_symlink(sweep_ / "elsewhere", run_);
  EXPECT_THROW(check_run_directory(run_, attempt(2)), UserError);
}

TEST_F(RunFilesTest, ARunThatBeginsRemovesWhatAnEarlierAttemptLeft) {
  train();
  std::ofstream(run_ / "notes.txt") << "mine";
  const RunFiles files = open(nullptr);
  EXPECT_FALSE(fs::exists(run_ / "weights.safetensors"));
  EXPECT_TRUE(fs::exists(run_ / "notes.txt"));
  EXPECT_TRUE(fs::exists(run_ / "history.jsonl"));
  EXPECT_GT(fs::file_size(run_ / "config.yaml"), 100u) << "every key";
  EXPECT_NE(files.writer, nullptr);
}

TEST_F(RunFilesTest, ARunThatResumesKeepsTheEpochsOfItsCheckpoint) {
  train();
  train::Checkpoint checkpoint;
  checkpoint.progress.history.resize(2);
  config_.checkpoint.enabled = false;
  const RunFiles files = open(&checkpoint);
  EXPECT_TRUE(fs::exists(run_ / "weights.safetensors"));
  EXPECT_EQ(metrics::read_history(run_ / "history.jsonl").size(), 2u);
  EXPECT_EQ(files.writer, nullptr) << "no checkpoints are wanted";
}

TEST_F(RunFilesTest, AnotherJobsFolderIsLeftAlone) {
  train();
  std::ofstream(sweep_ / "owner.json") << R"({"job":"12","restart":1,"host":"h2"})";
  EXPECT_THROW(open(nullptr), LeaseLostError);
  EXPECT_TRUE(fs::exists(run_ / "weights.safetensors"));
}

}  // namespace
}  // namespace cellsweep::job
