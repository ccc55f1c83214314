// A sweep of four runs to report.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "metrics/history.h"
#include "report/comparison.h"
#include "sweep/ledger.h"

namespace cellsweep::report {

class ReportTest : public testing::Test {
 protected:
  ReportTest() { std::filesystem::create_directories(sweep_); }
  ~ReportTest() override { std::filesystem::remove_all(root_); }

  void add_history(const std::string& run, std::vector<std::pair<double, double>> accuracy_and_loss) {
    std::filesystem::create_directories(sweep_ / run);
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

  std::string message_of(const std::filesystem::path& directory) {
    try {
      compare({directory});
    } catch (const UserError& error) {
      return error.what();
    }
    return "no UserError";
  }

  std::filesystem::path root_ =
      std::filesystem::temp_directory_path() / ("cellsweep_report_" + std::to_string(getpid()));
  std::filesystem::path sweep_ = root_ / "cells";
};

}  // namespace cellsweep::report
