#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "base/error.h"
#include "base/file.h"
#include "sweep/ledger.h"
#include "sweep/plan.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> ids(const SweepOptions& options) {
  std::vector<std::string> result;
  for (const auto& run : plan_runs(options, 1)) result.push_back(run.run_id);
  return result;
}

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no UserError";
}

TEST(Plan, OneRunWithoutParameters) {
  const auto runs = plan_runs({}, 1);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].run_id, "run");
  EXPECT_TRUE(runs[0].parameters.empty());
}

TEST(Plan, KeysAreSortedAndTheLastVariesFastest) {
  SweepOptions options;
  options.parameters = {{"train.seed", {.values = {"7", "8"}}}, {"model.cell", {.values = {"lstm", "gru"}}}};
  EXPECT_EQ(ids(options), (std::vector<std::string>{"001-lstm-7", "002-lstm-8", "003-gru-7", "004-gru-8"}));
  const std::vector<std::pair<std::string, std::string>> third = {{"model.cell", "gru"}, {"train.seed", "7"}};
  EXPECT_EQ(plan_runs(options, 1)[2].parameters, third);
}

TEST(Plan, DuplicatesAreRemovedTheFirstStays) {
  SweepOptions options;
  options.parameters = {{"train.seed", {.values = {"2", "1", "2"}}}};
  EXPECT_EQ(ids(options), (std::vector<std::string>{"001-2", "002-1"}));
}

TEST(Plan, RunIdsAreSafeAndShort) {
  SweepOptions options;
  options.parameters = {{"data.directory", {.values = {"a b/ü", std::string(200, 'x')}}}};
  EXPECT_EQ(ids(options), (std::vector<std::string>{"001-a_b___", "002-" + std::string(60, 'x')}));
}

TEST(Plan, NumbersAreAsWideAsTheCount) {
  SweepOptions options;
  for (int i = 0; i < 1000; ++i) options.parameters["train.seed"].values.push_back(std::to_string(i));
  EXPECT_EQ(ids(options).front(), "0001-0");
  EXPECT_EQ(ids(options).back(), "1000-999");
}

TEST(Plan, RefusesTooManyRuns) {
  SweepOptions options;
  for (int i = 0; i < 317; ++i) options.parameters["a"].values.push_back(std::to_string(i));
  options.parameters["b"] = options.parameters["a"];
  EXPECT_NE(message_of([&] { plan_runs(options, 1); }).find("more than the 100000 runs"), std::string::npos);
  options.parameters["b"].values.resize(315);
  EXPECT_EQ(plan_runs(options, 1).size(), 317u * 315u);
}

TEST(Plan, RefusesAnEmptyListOfValues) {
  SweepOptions options;
  options.parameters = {{"train.seed", {.values = {}}}};
  EXPECT_NE(message_of([&] { plan_runs(options, 1); }).find("sweep.parameters.train.seed"),
            std::string::npos);
}

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
    const auto message = message_of([&] { read_ledger(path_); });
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
