#include "terminal/terminal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <string>

#include "terminal/sweep_view.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::terminal {
namespace {

class TerminalTest : public testing::Test {
 protected:
  ~TerminalTest() override { std::fclose(file_); }
  std::string text() {
    std::string result(std::ftell(file_), '\0');
    std::rewind(file_);
    EXPECT_EQ(std::fread(result.data(), 1, result.size(), file_), result.size());
    return result;
  }
  std::FILE* file_ = std::tmpfile();
};

constexpr const char* first_lines =
    "Run 001-lstm: lstm, torch engine, 2 ranks, 24,586 trainable parameters, model.cell=lstm, "
    "train.optimizer.learning_rate=0.01\n";

TEST_F(TerminalTest, BarIsKeras) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  observer->on_run_begin(metrics::usual_run());
  for (int i = 1; i <= 938; ++i) observer->on_step(metrics::step(i, i == 1 ? 0.565 : 0.005));
  observer->on_epoch_end(metrics::guide_epoch());
  observer->on_run_end({});
  const std::string all = text();
  EXPECT_TRUE(all.starts_with(std::string(first_lines) + "Epoch 1/10\n\r  1/938 ━━━━━━━━━━━━━━━━━━━━ "))
      << all;
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
  observer->on_run_begin(metrics::usual_run());
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (int i = 1; elapsed() < 0.3; ++i) observer->on_step(metrics::step(i));
  const double most = elapsed() / 0.05 + 2;
  const std::string all = text();
  const auto redraws = std::count(all.begin(), all.end(), '\r');
  EXPECT_GT(redraws, 1);
  EXPECT_LE(static_cast<double>(redraws), most);
}

TEST_F(TerminalTest, LeavesNoEndOfALongerLine) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  auto info = metrics::usual_run();
  info.steps_per_epoch = 1;
  observer->on_run_begin(info);
  auto first = metrics::step(1);
  first.metrics = std::make_shared<metrics::MetricValues>(metrics::MetricValues{{"loss", 1e30}});
  observer->on_step(first);
  auto epoch = metrics::guide_epoch();
  epoch.metrics.erase("accuracy");
  epoch.metrics.erase("val_accuracy");
  observer->on_epoch_end(epoch);
  EXPECT_TRUE(std::regex_search(text(), std::regex("val_loss: 0.6152 +\n$")));
}

TEST_F(TerminalTest, LineModeIsOneLineAnEpoch) {
  const auto observer = make_terminal_observer(Progress::automatic, file_);  // a file is no terminal
  observer->on_run_begin(metrics::usual_run());
  for (int i = 1; i <= 938; ++i) observer->on_step(metrics::step(i, i == 1 ? 0.565 : 0.005));
  observer->on_epoch_end(metrics::guide_epoch());
  EXPECT_EQ(text(),
            std::string(first_lines) +
                "Epoch 1/10 - 5s - 5.00ms/step - accuracy: 0.7026 - loss: 0.9472 - val_accuracy: 0.7999 - "
                "val_loss: 0.6152\n");
}

// An observer in another process gets only the first step of a fast run.
TEST_F(TerminalTest, StepTimeIsRightWhicheverStepsAreReported) {
  const auto observer = make_terminal_observer(Progress::automatic, file_);
  auto info = metrics::usual_run();
  info.steps_per_epoch = 101;
  observer->on_run_begin(info);
  auto epoch = metrics::guide_epoch();
  for (const std::int64_t number : {1, 2}) {
    auto report = metrics::step(1, 0.001);
    report.epoch = number;
    observer->on_step(report);
    epoch.epoch = number;
    epoch.step = 101 * number;
    epoch.seconds = 0.201;
    observer->on_epoch_end(epoch);
  }
  const std::string all = text();
  EXPECT_NE(all.find("Epoch 1/10 - 0s - 2.00ms/step"), std::string::npos) << all;
  EXPECT_NE(all.find("Epoch 2/10 - 0s - 2.00ms/step"), std::string::npos) << all;
}

TEST_F(TerminalTest, AResumedRunSaysFromIfAndCountsItsEpochWhole) {
  const auto observer = make_terminal_observer(Progress::automatic, file_);
  auto info = metrics::usual_run();
  info.steps_per_epoch = 100;
  info.steps_done = 1250;
  observer->on_run_begin(info);
  auto epoch = metrics::guide_epoch();
  epoch.epoch = 13;
  epoch.step = 1300;
  epoch.seconds = 0.198;  // of all steps but the first, which may be slow
  observer->on_step(metrics::step(51, 0.002));
  observer->on_epoch_end(epoch);
  const std::string all = text();
  EXPECT_NE(all.find(", resumes from step 1,250\n"), std::string::npos) << all;
  EXPECT_NE(all.find("Epoch 13/10 - 0s - 2.00ms/step"), std::string::npos) << all;
}

TEST_F(TerminalTest, RegressionHasNoAccuracyAndAnEarlyEndAReason) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  observer->on_run_begin(metrics::usual_run());
  auto step = metrics::step(1);
  step.metrics = std::make_shared<metrics::MetricValues>(metrics::MetricValues{{"loss", 2.5}});
  observer->on_step(step);
  observer->on_run_end({.state = RunState::pruned, .reason = "it is worse"});
  const std::string all = text();
  EXPECT_EQ(all.find("accuracy"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with(" - loss: 2.5000\nRun 001-lstm ended early: it is worse\n")) << all;
}

// The command reports it on stderr.
TEST_F(TerminalTest, AnErrorIsReportedElsewhere) {
  for (const RunState state : {RunState::failed, RunState::diverged}) {
    const auto observer = make_terminal_observer(Progress::bar, file_);
    observer->on_run_begin(metrics::usual_run());
    observer->on_step(metrics::step(1));
    observer->on_run_end({.state = state, .reason = "why"});
    const std::string all = text();
    EXPECT_TRUE(all.find("why") == std::string::npos && all.ends_with("\n")) << all;
  }
}

TEST_F(TerminalTest, NoneSaysNothing) {
  for (const std::size_t groups : {1, 2}) {
    const auto view = make_sweep_view(Progress::none, groups, file_);
    view->of_group(0).on_run_begin(metrics::usual_run());
    view->of_group(0).on_epoch_end(metrics::guide_epoch());
    view->on_progress({});
    view->on_event("event");
    EXPECT_EQ(text(), "") << groups;
  }
}

// Values of a sweep come from a file, reasons from whatever failed.
TEST_F(TerminalTest, ForeignTextIsNotObeyed) {
  const std::string hostile = "\x1b]52;c;eA==\x07\u009b31m\u202e\x7f";
  metrics::RunInfo info = metrics::usual_run();
  info.run_id = "run" + hostile;
  info.cell = hostile;
  info.parameters["key" + hostile] = hostile;
  for (const std::size_t groups : {1, 2})
    for (const Progress progress : {Progress::bar, Progress::line}) {
      const auto view = make_sweep_view(progress, groups, file_);
      metrics::Observer& observer = view->of_group(0);
      observer.on_run_begin(info);
      observer.on_step(metrics::step(1));
      view->on_progress({});
      observer.on_run_end({.state = RunState::finished, .reason = hostile});
      view->on_event("event " + hostile);
    }
  const std::string all = text();
  EXPECT_NE(all.find("event \\x1b]52;c;eA==\\x07\\x9b31m\\u202e\\x7f"), std::string::npos) << all;
  for (const char* raw : {"\x1b]", "\x07", "\u009b", "\u202e", "\x7f"})
    EXPECT_EQ(all.find(raw), std::string::npos) << all;
}

}  // namespace
}  // namespace cellsweep::terminal
