// Which folder a sweep may begin in or resume in. One that is refused is left as it is.
#include "job/sweep_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "unit/temporary_folder.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

namespace fs = std::filesystem;

class SweepFolderTest : public testing::Test {
 protected:
  SweepFolder open(const std::string& resume, const config::Config& config) {
    const sweep::SweepOptions options = config::sweep_of(config);
    RunArguments arguments;
    arguments.resume = resume;
    return open_sweep_folder(arguments, config, options.metric, sweep::plan_runs(options, config.train.seed),
                             1);
  }
  SweepFolder open(const std::string& resume) { return open(resume, config_); }
  std::string refusal(const std::string& resume) {
    return user_error([&] { open(resume); });
  }
  // The names in the folder.
  static std::set<std::string> content(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
  }

  TemporaryFolder parent_;
  const config::Config config_ =
      config::parse_config("name: cells\noutput: {directory: '" + parent_.path() +
                               "'}\nsweep: {parameters: {model.cell: {values: [gru, lstm]}}}",
                           "f");
  const fs::path folder_ = parent_ / "cells";
};

TEST_F(SweepFolderTest, ANewOneHasItsConfigItsLedgerAndItsOwner) {
  const SweepFolder folder = open("");
  EXPECT_EQ(folder.directory, folder_);
  EXPECT_EQ(content(folder_), (std::set<std::string>{"ledger.jsonl", "owner.json", "sweep.yaml"}));
  ASSERT_EQ(folder.past.runs.size(), 2u);
  EXPECT_EQ(folder.past.runs[1].state, RunState::planned);
  EXPECT_EQ(sweep::read_ledger(folder_ / "ledger.jsonl").runs.size(), 2u);
  EXPECT_NO_THROW(folder.lease->check());
  EXPECT_EQ(open("").directory, parent_ / "cells-2") << "the name is taken";
}

TEST_F(SweepFolderTest, IsResumedWithWhatItsLedgerKnows) {
  open("").ledger->ended("001-gru", {.state = RunState::finished, .seconds = 3});
  const SweepFolder folder = open(folder_);
  EXPECT_EQ(folder.past.runs[0].state, RunState::finished);
  EXPECT_EQ(folder.past.runs[1].state, RunState::planned);
}

TEST_F(SweepFolderTest, ASweepBeginsInTheFolderThatIsNamedIfNothingIsThere) {
  EXPECT_EQ(open(parent_ / "mine").directory, parent_ / "mine");
  fs::create_directory(parent_ / "empty");
  EXPECT_EQ(open(parent_ / "empty").past.runs.size(), 2u);
}

TEST_F(SweepFolderTest, NoneBeginsAmongForeignFiles) {
  fs::create_directory(folder_);
  std::ofstream(folder_ / "notes.txt") << "mine";
  EXPECT_NE(refusal(folder_).find("is not empty, and has no sweep.yaml"), std::string::npos);
  EXPECT_EQ(content(folder_), std::set<std::string>{"notes.txt"});
}

TEST_F(SweepFolderTest, AnotherSweepsIsRefused) {
  open("");
  config::Config other = config_;
  other.train.epochs = 77;
  EXPECT_NE(user_error([&] { open(folder_, other); }).find("train.epochs: 10 → 77"), std::string::npos);
}

TEST_F(SweepFolderTest, AnotherJobsIsRefused) {
  const SweepFolder held = open("");
  EXPECT_NE(refusal(folder_), "");
  EXPECT_NO_THROW(held.lease->check()) << "who was refused has not taken it";
}

TEST_F(SweepFolderTest, ALedgerOfOtherRunsIsRefused) {
  open("").ledger->planned("cells", {}, {{"001-gru", {{"model.cell", "gru"}}, 0}});
  EXPECT_NE(refusal(folder_).find("its runs are not those of sweep.yaml"), std::string::npos);
}

TEST_F(SweepFolderTest, ALedgerThatIsLostIsRefusedIfThereAreRuns) {
  open("");
  fs::remove(folder_ / "ledger.jsonl");
  open(folder_);  // nothing was trained
  fs::create_directory(folder_ / "001-gru");
  std::ofstream(folder_ / "001-gru" / "config.yaml") << "name: a\n";
  fs::remove(folder_ / "ledger.jsonl");
  EXPECT_NE(refusal(folder_).find("is missing or has lost its plan, but there are runs"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "ledger.jsonl"));
  std::ofstream(folder_ / "ledger.jsonl") << "";
  EXPECT_NE(refusal(folder_).find("is missing or has lost its plan, but there are runs"), std::string::npos);
}

TEST_F(SweepFolderTest, ALedgerThatDoesNotKnowOfATrainedRunIsRefused) {
  open("");
  fs::create_directory(folder_ / "002-lstm");
  std::ofstream(folder_ / "002-lstm" / "config.yaml") << "name: a\n";
  std::ofstream(folder_ / "002-lstm" / "weights.safetensors") << "weights";
  EXPECT_NE(refusal(folder_).find("does not know that run 002-lstm was begun"), std::string::npos);
}

TEST_F(SweepFolderTest, AFolderThatCannotBeMadeNamesTheRemedy) {
  std::ofstream(parent_ / "file") << "x";
  const std::string text = refusal(parent_ / "file/below");
  EXPECT_NE(text, "");
}

TEST_F(SweepFolderTest, ResumingTakesTheConfigOfTheFolder) {
  open("");
  RunArguments arguments;
  arguments.resume = folder_;
  arguments.assignments = {{"parallel.threads", "2"}};
  const config::Config resumed = load_resumed(arguments);
  EXPECT_EQ(resumed.name, "cells");
  EXPECT_EQ(resumed.parallel.threads, 2);
  arguments.assignments = {{"train.epochs", "77"}};
  EXPECT_NE(user_error([&] { load_resumed(arguments); }).find("train.epochs: 10 → 77"), std::string::npos);
  arguments.resume = parent_ / "none";
  EXPECT_NE(user_error([&] { load_resumed(arguments); }).find("has no sweep.yaml"), std::string::npos);
}

}  // namespace
}  // namespace cellsweep::job
