#include "sweep/ledger.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <utility>

#include "unit/user_error.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;

class LedgerTest : public testing::Test {
 protected:
  ~LedgerTest() override { fs::remove(path_); }
  void write_usual() {
    Ledger ledger(path_);
    ledger.planned("three", {"val_loss", Goal::minimize},
                   {{"001-lstm", {{"model.cell", "lstm"}, {"a.b", "1"}}, 0},
                    {"002-gru", {}, 1},
                    {"003-x", {}, 2},
                    {"004-y", {}, 3}});
    ledger.started("001-lstm", "lstm", 2, 1);
    ledger.ended("001-lstm", {.state = RunState::finished, .seconds = 1.5, .reason = ""});
    ledger.started("002-gru", "gru", 2, 1);
    ledger.ended("002-gru", {.state = RunState::failed, .seconds = 0.5, .reason = "bad \xff byte"});
    ledger.started("003-x", "lstm", 2, 1);
  }
  void append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  fs::path path_ = fs::temp_directory_path() / ("cellsweep_ledger_" + std::to_string(getpid()) + ".jsonl");
};

TEST_F(LedgerTest, GivesBackWhatHappened) {
  write_usual();
  const auto state = read_ledger(path_);
  EXPECT_EQ(state.sweep, "three");
  EXPECT_EQ(state.metric.name, "val_loss");
  EXPECT_EQ(state.metric.goal, Goal::minimize);
  ASSERT_EQ(state.runs.size(), 4u);
  EXPECT_EQ(state.runs[0].state, RunState::finished);
  EXPECT_EQ(state.runs[0].cell, "lstm");
  EXPECT_EQ(state.runs[0].outcome.seconds, 1.5);
  EXPECT_EQ(state.runs[0].planned.parameters[0], (std::pair<std::string, std::string>{"model.cell", "lstm"}));
  EXPECT_EQ(state.runs[1].state, RunState::failed);
  EXPECT_EQ(state.runs[1].outcome.reason, "bad \xef\xbf\xbd byte");
  EXPECT_EQ(state.runs[2].state, RunState::running);
  EXPECT_EQ(state.runs[3].state, RunState::planned);
}

TEST_F(LedgerTest, EveryLineHasTheTime) {
  write_usual();
  std::ifstream file(path_);
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines)
    EXPECT_TRUE(
        std::regex_search(line, std::regex(R"(^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ","event":")")))
        << line;
  EXPECT_EQ(lines, 6);
}

TEST_F(LedgerTest, PassesOverALastLineThatWasCutOff) {
  write_usual();
  const std::string whole = R"({"event":"finished","run_id":"003-x","seconds":1})";
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const auto before = fs::file_size(path_);
    append(whole.substr(0, length));
    EXPECT_EQ(read_ledger(path_).runs[2].state, RunState::running) << length;
    fs::resize_file(path_, before);
  }
}

TEST_F(LedgerTest, NamesTheLineThatIsBroken) {
  const std::pair<std::string, std::string> cases[] = {
      {"{\"event\":", "parse error"},
      {"[]", "JSON object"},
      {R"({"event":"started","run_id":"009","cell":"x"})", "run 009 was not planned"},
      {R"({"event":"exploded","run_id":"001-lstm"})", "unknown event exploded"},
      {R"({"event":"started","run_id":"001-lstm","cell":"x","attempt":1e300})", "attempt must be an integer"},
      {R"({"event":"epoch","run_id":"001-lstm","epoch":-1,"value":1})", "epoch must be an integer from 0 to"},
      {R"({"event":"finished","run_id":"001-lstm"})", "seconds"},
      {R"({"event":"planned","more":true,"runs":[{"run_id":"/tmp/x","parameters":{}}]})",
       "run_id '/tmp/x' names"},
      {R"({"event":"planned","more":true,"runs":[{"run_id":"..","parameters":{}}]})", "run_id '..' names"},
      {R"({"event":"planned","more":true,"runs":[{"run_id":"003-x","parameters":{}}]})",
       "run 003-x is planned twice"}};
  for (const auto& [line, expected] : cases) {
    fs::remove(path_);
    write_usual();
    append(line + "\n");
    const auto message = user_error([&] { read_ledger(path_); });
    EXPECT_NE(message.find(path_.string() + ":7: "), std::string::npos) << message;
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

// It may be none: it is looked at first.
TEST_F(LedgerTest, ATornLineIsCutOffOnceALineIsAdded) {
  write_usual();
  const auto before = fs::file_size(path_);
  append("torn");
  Ledger ledger(path_);
  EXPECT_EQ(fs::file_size(path_), before + 4);
  ledger.resumed(1);
  EXPECT_NO_THROW(read_ledger(path_));
  append("torn");
  ledger.resumed(1);  // nobody else adds lines: it looks once
  EXPECT_THROW(read_ledger(path_), UserError);
}

TEST_F(LedgerTest, APlanAnewStartsOver) {
  write_usual();
  Ledger(path_).planned("again", {}, {{"run", {}}});
  const auto state = read_ledger(path_);
  EXPECT_EQ(state.sweep, "again");
  ASSERT_EQ(state.runs.size(), 1u);
  EXPECT_EQ(state.runs[0].state, RunState::planned);
}

}  // namespace
}  // namespace cellsweep::sweep
