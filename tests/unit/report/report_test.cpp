#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "metrics/history.h"
#include "report/comparison.h"
#include "report/table.h"
#include "sweep/ledger.h"

namespace cellsweep::report {
namespace {

namespace fs = std::filesystem;
using sweep::Goal;

class ReportTest : public testing::Test {
 protected:
  ReportTest() { fs::create_directories(sweep_); }
  ~ReportTest() override { fs::remove_all(root_); }

  void add_history(const std::string& run, std::vector<std::pair<double, double>> accuracy_and_loss) {
    fs::create_directories(sweep_ / run);
    metrics::HistoryWriter writer(sweep_ / run / "history.jsonl", {});
    metrics::EpochReport report;
    for (const auto& [accuracy, loss] : accuracy_and_loss) {
      ++report.epoch;
      report.metrics = {
          {"loss", loss * 2}, {"accuracy", accuracy / 2}, {"val_loss", loss}, {"val_accuracy", accuracy}};
      report.samples_per_second = report.epoch == 1 ? 1000 : 3000;
      writer.on_epoch_end(report);
    }
  }

  // Four runs: the second is best, the third failed, the fourth is still planned.
  void write_usual(sweep::MetricOptions metric = {}) {
    sweep::Ledger ledger(sweep_ / "ledger.jsonl");
    auto run = [point = 0](const char* id, const char* cell, const char* rate) mutable {
      return sweep::PlannedRun{id, {{"model.cell", cell}, {"train.optimizer.learning_rate", rate}}, point++};
    };
    ledger.planned("cells", metric,
                   {run("001-lstm-0.01", "lstm", "0.01"), run("002-gru-0.1", "gru", "0.1"),
                    run("003-gru-9", "gru", "9"), run("004-lstm-1", "lstm", "1")});
    ledger.started("001-lstm-0.01", "lstm", 2, 1);
    ledger.ended("001-lstm-0.01", {.state = RunState::finished, .seconds = 51.26, .reason = ""});
    ledger.started("002-gru-0.1", "gru", 2, 1);
    ledger.ended("002-gru-0.1", {.state = RunState::finished, .seconds = 7, .reason = "max_steps"});
    ledger.started("003-gru-9", "gru", 2, 1);
    ledger.ended("003-gru-9", {.state = RunState::failed, .seconds = 1, .reason = "the loss is not finite"});
    add_history("001-lstm-0.01", {{0.8, 0.0005}, {0.91, 0.2}});
    add_history("002-gru-0.1", {{0.95, 0.4}, {0.85, 0.3}});
    add_history("003-gru-9", {{0.99, NAN}});
  }

  std::string message_of(const fs::path& directory) {
    try {
      compare({directory});
    } catch (const UserError& error) {
      return error.what();
    }
    return "no UserError";
  }

  fs::path root_ = fs::temp_directory_path() / ("cellsweep_report_" + std::to_string(getpid()));
  fs::path sweep_ = root_ / "cells";
};

TEST_F(ReportTest, TableIsAsItShouldBe) {
  write_usual();
  EXPECT_EQ(to_table(compare({sweep_})), R"(
                                    val_accuracy    val_loss
run            cell  learning_rate    best    last        best    last  seconds  samples/s  status
002-gru-0.1    gru   0.1            0.9500  0.8500      0.3000  0.3000      7.0       1500  finished
001-lstm-0.01  lstm  0.01           0.9100  0.9100  5.0000e-04  0.2000     51.3       1500  finished
003-gru-9      gru   9              0.9900  0.9900           -       -      1.0       1000  failed
004-lstm-1     lstm  1                   -       -           -       -      0.0          -  planned
002-gru-0.1 finished: max_steps
003-gru-9 failed: the loss is not finite
)" + 1);
}

TEST_F(ReportTest, ALongNameHasRoom) {
  write_usual({"val_loss", Goal::minimize});
  Comparison comparison = compare({sweep_ / "002-gru-0.1"});
  comparison.rows[0].best["val_balanced_accuracy"] = comparison.rows[0].last["val_balanced_accuracy"] = 0.5;
  EXPECT_EQ(to_table(comparison).substr(0, to_table(comparison).find("002-gru-0.1 fin")), R"(
                                  val_accuracy    val_balanced_accuracy  val_loss
run          cell  learning_rate    best    last    best           last    best    last  seconds  samples/s
002-gru-0.1  gru   0.1            0.9500  0.8500  0.5000         0.5000  0.3000  0.3000      7.0       1500
)" + 1);
}

TEST_F(ReportTest, SaysNothingThatIsNotThere) {
  sweep::Ledger ledger(sweep_ / "ledger.jsonl");
  ledger.planned("one", {"val_loss", Goal::minimize}, {{"run", {}, 0}});
  ledger.started("run", "gru", 1, 1);
  ledger.ended("run", {.state = RunState::finished, .seconds = 2, .reason = ""});
  metrics::EpochReport epoch;
  epoch.metrics["val_loss"] = 0.25;
  epoch.samples_per_second = 10;
  fs::create_directories(sweep_ / "run");
  metrics::HistoryWriter(sweep_ / "run" / "history.jsonl", {}).on_epoch_end(epoch);
  EXPECT_EQ(to_table(compare({sweep_})), R"(
           val_loss
run  cell    best    last  seconds  samples/s
run  gru   0.2500  0.2500      2.0         10
)" + 1);
}

TEST_F(ReportTest, SortsByTheMetricOfTheSweep) {
  write_usual({"val_loss", Goal::minimize});
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
  EXPECT_EQ(comparison.metric.goal, Goal::minimize);
  EXPECT_EQ(comparison.rows[0].run_id, "b");
  EXPECT_EQ(comparison.rows[0].best_metric, 0.25);
}

TEST_F(ReportTest, ARunThatDivergedIsNotTheBest) {
  write_usual({"val_loss", Goal::minimize});
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

}  // namespace
}  // namespace cellsweep::report
