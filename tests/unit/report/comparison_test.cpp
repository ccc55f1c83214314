#include "report/comparison.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "unit/report/hostile_comparison.h"
#include "unit/report/report_test.h"

namespace cellsweep::report {
namespace {

namespace fs = std::filesystem;
using sweep::Goal;

TEST_F(ReportTest, SortsByTheMetricOfTheSweep) {
  write_usual({"val_loss", sweep::Goal::minimize});
  const auto rows = compare({sweep_}).rows;
  EXPECT_EQ(rows[0].run_id, "001-lstm-0.01");
  EXPECT_EQ(rows[1].run_id, "002-gru-0.1");
}

TEST_F(ReportTest, ARegressionRankedByAnAccuracyIsRankedByItsLoss) {
  sweep::Ledger ledger(sweep_ / "ledger.jsonl");
  ledger.planned("one", {}, {{"a", {}, 0}, {"b", {}, 1}});
  for (const auto& [run, loss] : {std::pair("a", 0.5), std::pair("b", 0.25)}) {
    ledger.started(run, "gru", 1, 1);
    ledger.ended(run, {.state = RunState::finished, .seconds = 2, .reason = ""});
    metrics::EpochReport epoch;
    epoch.epoch = 1;
    epoch.metrics["val_loss"] = loss;
    epoch.samples_per_second = 10;
    fs::create_directories(sweep_ / run);
    metrics::HistoryWriter(sweep_ / run / "history.jsonl", {}).on_epoch_end(epoch);
  }
  const Comparison comparison = compare({sweep_});
  EXPECT_EQ(comparison.metric.name, "val_loss");
  EXPECT_EQ(comparison.metric.goal, sweep::Goal::minimize);
  EXPECT_EQ(comparison.rows[0].run_id, "b");
  EXPECT_EQ(comparison.rows[0].best_metric, 0.25);
}

TEST_F(ReportTest, ARunThatDivergedIsNotTheBest) {
  write_usual({"val_loss", sweep::Goal::minimize});
  sweep::Ledger(sweep_ / "ledger.jsonl").ended("001-lstm-0.01", {.state = RunState::diverged, .seconds = 1});
  EXPECT_EQ(compare({sweep_}).rows[0].run_id, "002-gru-0.1");
}

TEST_F(ReportTest, OneRunAndTheSameRunTwice) {
  write_usual();
  EXPECT_EQ(compare({sweep_ / "002-gru-0.1"}).rows.size(), 1u);
  EXPECT_EQ(compare({sweep_ / "002-gru-0.1" / "", sweep_}).rows.size(), 4u);
}

TEST_F(ReportTest, JsonHoldsEveryMetric) {
  write_usual();
  const auto json = nlohmann::json::parse(to_json(compare({sweep_})));
  EXPECT_EQ(json["metric"]["name"], "val_accuracy");
  EXPECT_EQ(json["metric"]["goal"], "maximize");
  const auto& best = json["runs"][0];
  EXPECT_EQ(best["run_id"], "002-gru-0.1");
  EXPECT_EQ(best["sweep"], "cells");
  EXPECT_EQ(best["parameters"]["train.optimizer.learning_rate"], "0.1");
  EXPECT_EQ(best["best_val_accuracy"], 0.95);
  EXPECT_EQ(best["last_val_accuracy"], 0.85);
  EXPECT_EQ(best["loss"], 0.6);
  EXPECT_EQ(best["accuracy"], 0.425);
  EXPECT_EQ(best["epochs"], 2);
  EXPECT_EQ(best["samples_per_second"], 1500);
  EXPECT_TRUE(json["runs"][2]["last_val_loss"].is_null());
  EXPECT_EQ(json["runs"][3]["status"], "planned");
  EXPECT_EQ(json["runs"][3]["cell"], "lstm");
}

TEST_F(ReportTest, FoldersDistinguishSweepsOfOneName) {
  write_usual();
  fs::copy(sweep_, root_ / "array_2", fs::copy_options::recursive);
  const auto json = nlohmann::json::parse(to_json(compare({sweep_, root_ / "array_2"})));
  std::multiset<std::string> runs, points;
  for (const auto& run : json["runs"])
    if (run["run_id"] == "002-gru-0.1") runs.insert(run["folder"].get<std::string>());
  for (const auto& point : json["points"]) points.insert(point["folder"].get<std::string>());
  EXPECT_EQ(runs, (std::multiset<std::string>{"array_2", "cells"}));
  EXPECT_EQ(points, (std::multiset<std::string>{"array_2", "array_2", "cells", "cells"}));
}

TEST_F(ReportTest, SaysWhichDirectoryWouldBeRight) {
  const auto none = message_of(sweep_);
  EXPECT_NE(none.find(sweep_.string() + ": has no ledger.jsonl; give the directory of a sweep"),
            std::string::npos)
      << none;
  EXPECT_NE(message_of(root_ / "missing").find("there is no such directory"), std::string::npos);
  write_usual();
  const auto above = message_of(root_);
  EXPECT_NE(above.find("such as " + sweep_.string()), std::string::npos) << above;
  fs::create_directories(sweep_ / "stray");
  const auto stray = message_of(sweep_ / "stray");
  EXPECT_NE(stray.find("is not a run of the sweep"), std::string::npos) << stray;
}

TEST(ForeignText, DoesNotReachJsonOnATerminalAndIsReadBack) {
  const std::string json = to_json(hostile_comparison());
  expect_nothing_raw(json);
  EXPECT_EQ(nlohmann::json::parse(json)["runs"][0]["run_id"], "run" + hostile);
}

}  // namespace
}  // namespace cellsweep::report
