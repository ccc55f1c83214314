#include "report/table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "unit/report/hostile_comparison.h"
#include "unit/report/report_test.h"
#include "unit/report/rows.h"

namespace cellsweep::report {
namespace {

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
  write_usual({"val_loss", sweep::Goal::minimize});
  Comparison comparison = compare({sweep_ / "002-gru-0.1"});
  comparison.rows[0].best["val_balanced_accuracy"] = comparison.rows[0].last["val_balanced_accuracy"] = 0.5;
  EXPECT_EQ(to_table(comparison).substr(0, to_table(comparison).find("002-gru-0.1 fin")), R"(
                                  val_accuracy    val_balanced_accuracy  val_loss
run          cell  learning_rate    best    last    best           last    best    last  seconds  samples/s
002-gru-0.1  gru   0.1            0.9500  0.8500  0.5000         0.5000  0.3000  0.3000      7.0       1500
)" + 1);
}

TEST_F(ReportTest, SweepsOfOneNameAreToldApartByTheirFolders) {
  write_usual();
  std::filesystem::copy(sweep_, root_ / "array_2", std::filesystem::copy_options::recursive);
  const std::string table = to_table(compare({sweep_, root_ / "array_2"}));
  EXPECT_NE(table.find("\nfolder   run            cell  learning_rate"), std::string::npos) << table;
  EXPECT_NE(table.find("\narray_2  002-gru-0.1    gru   0.1"), std::string::npos) << table;
  EXPECT_NE(table.find("\ncells    002-gru-0.1    gru   0.1"), std::string::npos) << table;
  EXPECT_NE(table.find("\narray_2/003-gru-9 failed: the loss"), std::string::npos) << table;
}

TEST(Table, NamesWhatAParameterIsOf) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "0.1", 0.5, 0, "1"), row("b", "lstm", "0.1", 0.7, 0, "2")};
  for (ComparisonRow& each : comparison.rows) each.parameters.emplace_back("train.optimizer.name", "adam");
  std::string table = to_table(comparison);
  EXPECT_NE(table.find("  learning_rate  optimizer.name  seed  "), std::string::npos) << table;
  EXPECT_NE(table.find(" n=2  cell=lstm  learning_rate=0.1  optimizer.name=adam\n"), std::string::npos)
      << table;
  comparison.rows.push_back(comparison.rows.front());
  comparison.rows.back().folder = "runs/t/a";
  comparison.rows.back().sweep_folder = "runs/t";
  comparison.has_several_sweeps = true;
  table = to_table(comparison);
  EXPECT_NE(table.find(" n=2  folder=runs/s  cell=lstm"), std::string::npos) << table;
  EXPECT_NE(table.find(" n=1  folder=runs/t  cell=lstm"), std::string::npos) << table;
}

TEST_F(ReportTest, SaysNothingThatIsNotThere) {
  sweep::Ledger ledger(sweep_ / "ledger.jsonl");
  ledger.planned("one", {"val_loss", sweep::Goal::minimize}, {{"run", {}, 0}});
  ledger.started("run", "gru", 1, 1);
  ledger.ended("run", {.state = RunState::finished, .seconds = 2, .reason = ""});
  metrics::EpochReport epoch;
  epoch.metrics["val_loss"] = 0.25;
  epoch.samples_per_second = 10;
  std::filesystem::create_directories(sweep_ / "run");
  metrics::HistoryWriter(sweep_ / "run" / "history.jsonl", {}).on_epoch_end(epoch);
  EXPECT_EQ(to_table(compare({sweep_})), R"(
           val_loss
run  cell    best    last  seconds  samples/s
run  gru   0.2500  0.2500      2.0         10
)" + 1);
}

TEST(ForeignText, DoesNotReachTheTable) {
  const std::string table = to_table(hostile_comparison());
  expect_nothing_raw(table);
  EXPECT_EQ(table.find("\n002-gru"), std::string::npos) << "a reason looks like a row";
  EXPECT_NE(table.find("    002-gru  finished"), std::string::npos) << table;
}

}  // namespace
}  // namespace cellsweep::report
