#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/error.h"
#include "metrics/history.h"
#include "metrics/observer.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

// ---- observers

struct Throwing : Observer {
  std::string name() const override { return "thrower"; }
  void on_step(const StepReport&) override {
    ++calls;
    throw Error("disk full");
  }
  int calls = 0;
};

struct Counting : Observer {
  std::string name() const override { return "counter"; }
  void on_run_begin(const RunInfo&) override { seen += "b"; }
  void on_step(const StepReport&) override { seen += "s"; }
  void on_epoch_end(const EpochReport&) override { seen += "e"; }
  void on_run_end(const RunSummary&) override { seen += "r"; }
  std::string seen;
};

TEST(ObserverList, OneThatThrowsIsWarnedAboutOnceAndLeftOut) {
  const LogCapture log;
  Throwing throwing;
  Counting counting;
  ObserverList list;
  list.add(throwing);
  list.add(counting);
  list.on_run_begin({});
  list.on_step({});
  list.on_step({});
  list.on_epoch_end({});
  list.on_run_end({});
  EXPECT_EQ(throwing.calls, 1);
  EXPECT_EQ(counting.seen, "bsser");
  EXPECT_EQ(log.text(), "warning: thrower stopped, the run goes on: disk full\n");
}

// ---- history

class HistoryTest : public testing::Test {
 protected:
  ~HistoryTest() override { fs::remove(path_); }
  std::string content() {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  fs::path path_ = fs::temp_directory_path() / ("cellsweep_history_" + std::to_string(getpid()) + ".jsonl");
};

TEST_F(HistoryTest, WritesKerasNames) {
  auto report = guide_epoch();
  report.accuracy = std::nullopt;
  report.val_loss = NAN;
  HistoryWriter writer(path_, {});
  writer.on_epoch_end(report);
  EXPECT_EQ(
      content(),
      R"({"epoch":1,"step":938,"loss":0.9472,"val_loss":null,"val_accuracy":0.7999,"learning_rate":0.01,)"
      R"("seconds":5.25,"samples_per_second":12000.0})"
      "\n");
}

TEST_F(HistoryTest, GivesBackEveryBit) {
  auto report = guide_epoch();
  report.loss = 0.1 + 0.2;
  report.accuracy = std::numeric_limits<double>::denorm_min();
  report.val_loss = std::numeric_limits<double>::infinity();
  report.val_accuracy = std::nullopt;
  HistoryWriter(path_, {}).on_epoch_end(report);
  HistoryWriter(path_, read_history(path_)).on_epoch_end(guide_epoch());
  const auto epochs = read_history(path_);
  ASSERT_EQ(epochs.size(), 2u);
  EXPECT_EQ(epochs[0].loss, 0.1 + 0.2);
  EXPECT_EQ(epochs[0].accuracy, std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::isnan(epochs[0].val_loss));
  EXPECT_FALSE(epochs[0].val_accuracy.has_value());
  EXPECT_EQ(epochs[1].step, 938);
  EXPECT_EQ(epochs[1].val_accuracy, 0.7999);
  EXPECT_EQ(epochs[1].samples_per_second, 12000);
}

TEST_F(HistoryTest, PassesOverACutOffEndOnly) {
  HistoryWriter(path_, {}).on_epoch_end(guide_epoch());
  const std::string line = content();
  std::ofstream(path_, std::ios::app) << line.substr(0, line.size() / 2);
  EXPECT_EQ(read_history(path_).size(), 1u);
  std::ofstream(path_, std::ios::app) << "\n" << line;
  try {
    read_history(path_);
    FAIL() << "took a broken line";
  } catch (const UserError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with(path_.string() + ":2: ")) << error.what();
  }
}

}  // namespace
}  // namespace cellsweep::metrics
