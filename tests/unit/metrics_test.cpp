#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

#include "base/error.h"
#include "base/stopwatch.h"
#include "metrics/history.h"
#include "metrics/observer.h"
#include "metrics/output.h"
#include "metrics/progress_bar.h"
#include "metrics/sweep_view.h"
#include "metrics/terminal.h"
#include "metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

// ---- progress bar

TEST(ProgressBar, FormatsAsKerasDoes) {
  EXPECT_EQ(format_step_time(0), "0s/step");
  EXPECT_EQ(format_step_time(2.4), "2s/step");
  EXPECT_EQ(format_step_time(0.0152), "15ms/step");
  EXPECT_EQ(format_step_time(0.0052), "5.20ms/step");
  EXPECT_EQ(format_step_time(0.000251), "251us/step");
  EXPECT_EQ(format_time_left(59.9), "59s");
  EXPECT_EQ(format_time_left(125), "2:05");
  EXPECT_EQ(format_time_left(3725), "1:02:05");
  EXPECT_EQ(format_figures({0.5, 0.001, -2.0, NAN}),
            " - accuracy: 0.5000 - loss: 1.0000e-03 - val_accuracy: -2.0000 - val_loss: nan");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1234567), "1,234,567");
}

TEST(ProgressBar, ColoursTheCellsThatAreDone) {
  EXPECT_EQ(format_bar(3, 10, true),
            "\x1b[1m 3/10\x1b[0m \x1b[32m━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━\x1b[0m");
  EXPECT_EQ(format_bar(0, 4, true), "\x1b[1m0/4\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m");
  EXPECT_EQ(format_bar(4, 4, false), "4/4 ━━━━━━━━━━━━━━━━━━━━");
}

TEST(ProgressBar, TheFirstStepDoesNotCount) {
  EXPECT_DOUBLE_EQ(seconds_per_step(5, 1, 5), 1);
  EXPECT_DOUBLE_EQ(seconds_per_step(5, 5, 1), 5);
  EXPECT_DOUBLE_EQ(seconds_per_step(5, 0, 0), 0);
}

// ---- terminal

class TerminalTest : public testing::Test {
 protected:
  ~TerminalTest() override { std::fclose(file_); }
  std::string text() {
    std::string result(static_cast<std::size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    EXPECT_EQ(std::fread(result.data(), 1, result.size(), file_), result.size());
    return result;
  }
  std::FILE* file_ = std::tmpfile();
};

constexpr const char* kHead =
    "Run 001-lstm: lstm, torch engine, 2 ranks, 24,586 trainable parameters, model.cell=lstm, "
    "train.optimizer.learning_rate=0.01\n";

TEST_F(TerminalTest, BarIsKeras) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  observer->on_run_begin(usual_run());
  for (int i = 1; i <= 938; ++i) observer->on_step(step(i, i == 1 ? 0.565 : 0.005));
  observer->on_epoch_end(guide_epoch());
  observer->on_run_end({});
  const std::string all = text();
  EXPECT_TRUE(all.starts_with(std::string(kHead) + "Epoch 1/10\n\r  1/938 ━━━━━━━━━━━━━━━━━━━━ ")) << all;
  EXPECT_TRUE(
      all.ends_with("\r938/938 ━━━━━━━━━━━━━━━━━━━━ 5s 5.00ms/step - accuracy: 0.7026 - loss: 0.9472 - "
                    "val_accuracy: 0.7999 - val_loss: "
                    "0.6152\n"))
      << all;
  const std::regex running("\r  1/938 (?:━){20} \\d+s \\d+[mu]?s/step - accuracy: 0.1250 - loss: 2.5000");
  EXPECT_TRUE(std::regex_search(all, running)) << all;
}

TEST_F(TerminalTest, RedrawsNoMoreOftenThanEvery50Milliseconds) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  observer->on_run_begin(usual_run());
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (int i = 1; elapsed() < 0.3; ++i) observer->on_step(step(i));
  const double most = elapsed() / 0.05 + 2;
  const std::string all = text();
  const auto redraws = std::count(all.begin(), all.end(), '\r');
  EXPECT_GT(redraws, 1);
  EXPECT_LE(static_cast<double>(redraws), most);
}

TEST_F(TerminalTest, LeavesNoEndOfALongerLine) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  auto info = usual_run();
  info.steps_per_epoch = 1;
  observer->on_run_begin(info);
  auto first = step(1);
  first.loss = 1e30;
  observer->on_step(first);
  auto epoch = guide_epoch();
  epoch.accuracy = epoch.val_accuracy = std::nullopt;
  observer->on_epoch_end(epoch);
  EXPECT_TRUE(std::regex_search(text(), std::regex("val_loss: 0.6152 +\n$")));
}

TEST_F(TerminalTest, LineModeIsOneLineAnEpoch) {
  const auto observer = make_terminal_observer(Progress::automatic, file_);  // a file is no terminal
  observer->on_run_begin(usual_run());
  for (int i = 1; i <= 938; ++i) observer->on_step(step(i, i == 1 ? 0.565 : 0.005));
  observer->on_epoch_end(guide_epoch());
  EXPECT_EQ(text(),
            std::string(kHead) +
                "Epoch 1/10 - 5s - 5.00ms/step - accuracy: 0.7026 - loss: 0.9472 - val_accuracy: 0.7999 - "
                "val_loss: 0.6152\n");
}

// Whoever watches from another process is told of a fast run's first step alone.
TEST_F(TerminalTest, StepTimeIsRightWhicheverStepsAreTold) {
  const auto observer = make_terminal_observer(Progress::automatic, file_);
  auto info = usual_run();
  info.steps_per_epoch = 101;
  observer->on_run_begin(info);
  auto epoch = guide_epoch();
  for (const std::int64_t number : {1, 2}) {
    auto told = step(1, 0.001);
    told.epoch = number;
    observer->on_step(told);
    epoch.epoch = number;
    epoch.step = 101 * number;
    epoch.seconds = 0.201;
    observer->on_epoch_end(epoch);
  }
  const std::string all = text();
  EXPECT_NE(all.find("Epoch 1/10 - 0s - 2.00ms/step"), std::string::npos) << all;
  EXPECT_NE(all.find("Epoch 2/10 - 0s - 2.00ms/step"), std::string::npos) << all;
}

TEST_F(TerminalTest, ARunThatGoesOnSaysFromWhereAndCountsItsEpochWhole) {
  const auto observer = make_terminal_observer(Progress::automatic, file_);
  auto info = usual_run();
  info.steps_per_epoch = 100;
  info.steps_done = 1250;
  observer->on_run_begin(info);
  auto epoch = guide_epoch();
  epoch.epoch = 13;
  epoch.step = 1300;
  epoch.seconds = 0.198;  // of all steps but the first, which may be slow
  observer->on_step(step(51, 0.002));
  observer->on_epoch_end(epoch);
  const std::string all = text();
  EXPECT_NE(all.find(", goes on from step 1,250\n"), std::string::npos) << all;
  EXPECT_NE(all.find("Epoch 13/10 - 0s - 2.00ms/step"), std::string::npos) << all;
}

TEST_F(TerminalTest, RegressionHasNoAccuracyAndAnEarlyEndAReason) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  auto info = usual_run();
  info.classification = false;
  observer->on_run_begin(info);
  observer->on_step(step(1));
  observer->on_run_end({.status = "pruned", .reason = "it is worse"});
  const std::string all = text();
  EXPECT_EQ(all.find("accuracy"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with(" - loss: 2.5000\nRun 001-lstm ended early: it is worse\n")) << all;
}

// The command tells it, on stderr.
TEST_F(TerminalTest, AnErrorIsToldElsewhere) {
  for (const char* status : {"failed", "diverged"}) {
    const auto observer = make_terminal_observer(Progress::bar, file_);
    observer->on_run_begin(usual_run());
    observer->on_step(step(1));
    observer->on_run_end({.status = status, .reason = "why"});
    const std::string all = text();
    EXPECT_TRUE(all.find("why") == std::string::npos && all.ends_with("\n")) << all;
  }
}

TEST_F(TerminalTest, NoneSaysNothing) {
  const auto observer = make_terminal_observer(Progress::none, file_);
  observer->on_run_begin(usual_run());
  observer->on_epoch_end(guide_epoch());
  EXPECT_EQ(text(), "");
}

// Values of a sweep come from a file, reasons from whatever failed.
TEST_F(TerminalTest, ForeignTextIsNotObeyed) {
  const std::string hostile = "\x1b]52;c;eA==\x07\u009b31m\u202e\x7f";
  RunInfo info = usual_run();
  info.run_id = "run" + hostile;
  info.cell = hostile;
  info.parameters["key" + hostile] = hostile;
  for (const std::size_t groups : {1, 2})
    for (const Progress progress : {Progress::bar, Progress::line}) {
      const auto view = make_sweep_view(progress, groups, file_);
      Observer& observer = view->of_group(0);
      observer.on_run_begin(info);
      observer.on_step(step(1));
      view->on_progress({});
      observer.on_run_end({.status = "finished", .reason = hostile});
      view->on_event("event " + hostile);
    }
  const std::string all = text();
  EXPECT_NE(all.find("event \\x1b]52;c;eA==\\x07\\x9b31m\\u202e\\x7f"), std::string::npos) << all;
  for (const char* raw : {"\x1b]", "\x07", "\u009b", "\u202e", "\x7f"})
    EXPECT_EQ(all.find(raw), std::string::npos) << all;
}

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

TEST(Output, LosesTextThatNobodyReadsAndWaitsOnce) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::FILE* const file = fdopen(ends[1], "w");
  Output output(file);
  const std::string line(1000, 'x');
  const Stopwatch clock;
  for (int i = 0; i < 1000; ++i) output.print(line);
  output.print(std::string(100'000, 'x'));
  EXPECT_LT(clock.seconds(), 10);
  std::string taken(1 << 20, ' ');
  const ssize_t before = read(ends[0], taken.data(), taken.size());
  EXPECT_GT(before, 10'000);
  EXPECT_LT(before, 1'000'000);
  output.print("heard again");
  taken.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(ends[0], taken.data(), taken.size()))));
  EXPECT_EQ(taken, "heard again");
  std::fclose(file);
  close(ends[0]);
}

// A terminal says that it is ready while it has room for a part of a line.
TEST(Output, DoesNotWaitWithinALineForATerminalThatNobodyReads) {
  const int reader = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(reader, 0);
  ASSERT_EQ(grantpt(reader), 0);
  ASSERT_EQ(unlockpt(reader), 0);
  const int writer = open(ptsname(reader), O_WRONLY | O_NOCTTY);
  ASSERT_GE(writer, 0);
  std::FILE* const file = fdopen(writer, "w");
  Output output(file);
  const std::string line(90, 'x');
  const Stopwatch clock;
  for (int i = 0; i < 10'000; ++i) output.print(line + "\n");
  EXPECT_LT(clock.seconds(), 10);
  std::string taken(1 << 16, ' ');
  EXPECT_GT(read(reader, taken.data(), taken.size()), 90);
  close(reader);
  std::fclose(file);
}

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
