#include "sweep/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "base/error.h"
#include "sweep/message.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;

TEST(RunId, NamesAFolderOfTheSweep) {
  for (const char* const id : {"run", "001-lstm", "1.5_x", "-a", "a..b", "_"})
    EXPECT_NO_THROW(check_run_id(id)) << id;
  EXPECT_NO_THROW(check_run_id(std::string(100, 'x')));
  for (const std::string& id :
       {std::string(), std::string("."), std::string(".."), std::string(".hidden"), std::string("/etc"),
        std::string("../a"), std::string("a/b"), std::string("a b"), std::string("a\0b", 3),
        std::string("a\nb"), std::string("\xc3\xa4"), std::string(101, 'x')})
    EXPECT_THROW(check_run_id(id), Error) << id;
}

// What a terminal would execute is not shown.
TEST(RunId, IsShownWithoutControlCharacters) {
  try {
    check_run_id("\x1b]0;a\a");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find_first_of("\x1b\a"), std::string::npos) << error.what();
  }
}

TEST(RunId, IsCheckedInLetters) {
  const auto job_of = [](const std::string& id) {
    return to_bytes(ToWorker(RunAssignment{.run = {.run_id = id, .parameters = {}}}));
  };
  EXPECT_EQ(std::get<RunAssignment>(std::get<ToWorker>(message_from_bytes(job_of("001-lstm")))).run.run_id,
            "001-lstm");
  EXPECT_THROW(message_from_bytes(job_of("../victim")), Error);
  EXPECT_THROW(message_from_bytes(job_of("")), Error);
}

class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }
  void put(const fs::path& path) { std::ofstream(path) << "text"; }
  const fs::path root_ = fs::temp_directory_path() / ("cellsweep_run_folder_" + std::to_string(getpid()));
  const fs::path run_ = root_ / "run";
};

TEST_F(RunFolderTest, ARunBeginsInANewOneAnEmptyOneOrThatOfARun) {
  begin_run_folder(run_);
  EXPECT_TRUE(fs::is_empty(run_));
  begin_run_folder(run_);
  for (const char* const name :
       {"config.yaml", "history.jsonl", "weights.safetensors", "metrics.om", "metrics-12.om",
        "config.yaml.partial-Xy12ab", "notes", "metrics-.om", "metrics-1x.om"})
    put(run_ / name);
  fs::create_directory(run_ / "mine");
  begin_run_folder(run_);
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(run_)) left.insert(entry.path().filename().string());
  EXPECT_EQ(left, (std::set<std::string>{"config.yaml", "notes", "metrics-.om", "metrics-1x.om", "mine"}));
}

TEST_F(RunFolderTest, NothingElseIsTakenForOne) {
  fs::create_directory(root_ / "other");
  put(root_ / "other" / "config.yaml");
  put(root_ / "other" / "history.jsonl");
  fs::create_directory_symlink(root_ / "other", run_);
  EXPECT_THROW(begin_run_folder(run_), UserError);
  EXPECT_THROW(check_no_link(run_), UserError);
  EXPECT_TRUE(fs::exists(root_ / "other" / "history.jsonl"));
  fs::remove(run_);
  put(run_);
  EXPECT_THROW(begin_run_folder(run_), UserError);
  fs::remove(run_);
  fs::create_directory(run_);
  put(run_ / "history.jsonl");
  EXPECT_THROW(begin_run_folder(run_), UserError);
  EXPECT_TRUE(fs::exists(run_ / "history.jsonl"));
  fs::create_symlink(root_ / "other" / "config.yaml", run_ / "config.yaml");
  EXPECT_THROW(begin_run_folder(run_), UserError);
  EXPECT_TRUE(fs::exists(run_ / "history.jsonl"));
}

}  // namespace
}  // namespace cellsweep::sweep
