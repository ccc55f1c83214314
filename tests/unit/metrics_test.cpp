#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "metrics/history.h"
#include "metrics/observer.h"
#include "metrics/progress_bar.h"
#include "metrics/prometheus.h"
#include "metrics/terminal.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

// Everything logged while it lives.
class LogCapture {
 public:
  LogCapture() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
    spdlog::set_pattern("%l: %v");
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

RunInfo usual_run() {
  RunInfo info;
  info.sweep = "cells";
  info.run_id = "001-lstm";
  info.cell = "lstm";
  info.engine = "torch";
  info.version = "1.2.3";
  info.parameters = {{"model.cell", "lstm"}, {"train.optimizer.learning_rate", "0.01"}};
  info.ranks = 2;
  info.epochs = 10;
  info.steps_per_epoch = 938;
  info.trainable_parameters = 24586;
  return info;
}

StepReport step(std::int64_t number, double seconds = 0.005) {
  StepReport report;
  report.epoch = 1;
  report.step = report.global_step = number;
  report.samples = 64;
  report.seconds = seconds;
  report.all_reduce_seconds = 0.0004;
  report.learning_rate = 0.01;
  report.loss = 2.5;
  report.accuracy = 0.125;
  return report;
}

EpochReport guide_epoch() {
  EpochReport report;
  report.epoch = 1;
  report.step = 938;
  report.loss = 0.9472;
  report.val_loss = 0.6152;
  report.accuracy = 0.7026;
  report.val_accuracy = 0.7999;
  report.learning_rate = 0.01;
  report.seconds = 5.25;
  report.samples_per_second = 12000;
  return report;
}

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

TEST_F(TerminalTest, RegressionHasNoAccuracyAndFailureAReason) {
  const auto observer = make_terminal_observer(Progress::bar, file_);
  auto info = usual_run();
  info.classification = false;
  observer->on_run_begin(info);
  observer->on_step(step(1));
  RunSummary failed;
  failed.status = "failed";
  failed.reason = "diverged";
  observer->on_run_end(failed);
  const std::string all = text();
  EXPECT_EQ(all.find("accuracy"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with(" - loss: 2.5000\nRun 001-lstm failed: diverged\n")) << all;
}

TEST_F(TerminalTest, NoneSaysNothing) {
  const auto observer = make_terminal_observer(Progress::none, file_);
  observer->on_run_begin(usual_run());
  observer->on_epoch_end(guide_epoch());
  EXPECT_EQ(text(), "");
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
  HistoryWriter writer(path_);
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
  HistoryWriter(path_).on_epoch_end(report);
  HistoryWriter(path_).on_epoch_end(guide_epoch());
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
  HistoryWriter(path_).on_epoch_end(guide_epoch());
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

// ---- Prometheus

std::string http_get(int port) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    constexpr std::string_view kRequest = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
    EXPECT_EQ(send(client, kRequest.data(), kRequest.size(), 0), static_cast<ssize_t>(kRequest.size()));
    char buffer[4096];
    for (ssize_t got; (got = recv(client, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
  }
  close(client);
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

struct Server {
  explicit Server(PrometheusOptions options = {.port = 0}) {
    const LogCapture log;
    observer = make_prometheus_observer(options);
    std::smatch match;
    const std::string text = log.text();
    if (std::regex_match(text, match, std::regex("info: metrics at http://127.0.0.1:(\\d+)/metrics\n")))
      port = std::stoi(match[1]);
  }
  bool has(const std::string& line) const {
    return ("\n" + http_get(port)).find("\n" + line + "\n") != std::string::npos;
  }
  std::unique_ptr<Observer> observer;
  int port = 0;
};

TEST(Prometheus, NullWhereDisabled) {
  EXPECT_EQ(make_prometheus_observer({.enabled = false}), nullptr);
}

TEST(Prometheus, ServesARun) {
  const Server server;
  ASSERT_NE(server.port, 0);
  server.observer->on_run_begin(usual_run());
  EXPECT_EQ(http_get(server.port).find("cellsweep_loss{"), std::string::npos) << "a loss before there is one";
  server.observer->on_step(step(1));
  server.observer->on_step(step(2));
  const std::string run = R"({run_id="001-lstm",sweep="cells")";
  const auto page = http_get(server.port);
  const auto expect = [&](const std::string& line) {
    EXPECT_NE(("\n" + page).find("\n" + line + "\n"), std::string::npos) << line << "\n" << page;
  };
  expect(
      R"(cellsweep_run_info{cell="lstm",engine="torch",model_cell="lstm",ranks="2",run_id="001-lstm",sweep="cells",)"
      R"(train_optimizer_learning_rate="0.01",version="1.2.3"} 1)");
  expect("cellsweep_epoch" + run + "} 1");
  expect("cellsweep_step" + run + "} 2");
  expect("cellsweep_samples_total" + run + "} 128");
  expect("cellsweep_samples_per_second" + run + "} 12800");
  expect("cellsweep_loss" + run + R"(,split="train"} 2.5)");
  expect("cellsweep_accuracy" + run + R"(,split="train"} 0.125)");
  expect("cellsweep_learning_rate" + run + "} 0.01");
  expect("cellsweep_step_seconds_count" + run + "} 2");
  expect("cellsweep_step_seconds_bucket" + run + R"(,le="0.0025"} 0)");
  expect("cellsweep_step_seconds_bucket" + run + R"(,le="0.005"} 2)");
  expect("cellsweep_all_reduce_seconds_bucket" + run + R"(,le="5e-05"} 0)");
  expect("cellsweep_all_reduce_seconds_bucket" + run + R"(,le="10"} 2)");
  auto epoch = guide_epoch();
  epoch.loss = 0.5;
  epoch.val_loss = 0.25;
  epoch.val_accuracy = 0.75;
  server.observer->on_epoch_end(epoch);
  EXPECT_TRUE(server.has("cellsweep_loss" + run + R"(,split="train"} 0.5)"));
  EXPECT_TRUE(server.has("cellsweep_loss" + run + R"(,split="validation"} 0.25)"));
  EXPECT_TRUE(server.has("cellsweep_accuracy" + run + R"(,split="validation"} 0.75)"));
}

TEST(Prometheus, ARunStaysUntilTheNextBegins) {
  const Server server;
  server.observer->on_run_begin(usual_run());
  auto epoch = guide_epoch();
  epoch.loss = 0.5;
  server.observer->on_epoch_end(epoch);
  server.observer->on_run_end({});
  EXPECT_TRUE(server.has(R"(cellsweep_loss{run_id="001-lstm",sweep="cells",split="train"} 0.5)"));
  auto next = usual_run();
  next.run_id = "002-gru";
  next.classification = false;
  server.observer->on_run_begin(next);
  server.observer->on_step(step(1));
  const auto page = http_get(server.port);
  EXPECT_EQ(page.find("001-lstm"), std::string::npos);
  EXPECT_NE(page.find("002-gru"), std::string::npos);
  EXPECT_EQ(page.find("cellsweep_accuracy"), std::string::npos) << "accuracy of a regression";
}

TEST(Prometheus, ATakenPortIsAWarningAndTheRunGoesOn) {
  const Server first;
  const LogCapture log;
  const auto second = make_prometheus_observer({.port = first.port});
  ASSERT_NE(second, nullptr);
  second->on_run_begin(usual_run());
  second->on_step(step(1));
  second->on_epoch_end(guide_epoch());
  EXPECT_TRUE(
      log.text().starts_with("warning: no metrics are served: 127.0.0.1:" + std::to_string(first.port)))
      << log.text();
}

TEST(Prometheus, MayBeScrapedWhileRunsComeAndGo) {
  const Server server;
  std::atomic<bool> done = false;
  std::atomic<int> pages = 0;
  std::thread scraper([&] {
    for (; !done; ++pages) http_get(server.port);
  });
  for (int run = 0; pages < 20 && run < 100'000; ++run) {
    server.observer->on_run_begin(usual_run());
    for (int i = 1; i <= 50; ++i) server.observer->on_step(step(i));
    server.observer->on_epoch_end(guide_epoch());
  }
  done = true;
  scraper.join();
  EXPECT_GE(pages, 20);
  EXPECT_NE(http_get(server.port).find("cellsweep_step{"), std::string::npos);
}

TEST(Prometheus, PromtoolAcceptsThePage) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed: the metrics page was not checked";
  const Server server;
  server.observer->on_run_begin(usual_run());
  server.observer->on_step(step(1));
  server.observer->on_epoch_end(guide_epoch());
  const auto file = fs::temp_directory_path() / ("cellsweep_page_" + std::to_string(getpid()));
  std::istringstream page(http_get(server.port));
  std::ofstream own(file);
  for (std::string line; std::getline(page, line);)  // without what the server tells about itself
    if (line.find("cellsweep_") != std::string::npos) own << line << "\n";
  own.close();
  EXPECT_EQ(std::system(("promtool check metrics < '" + file.string() + "'").c_str()), 0);
  fs::remove(file);
}

}  // namespace
}  // namespace cellsweep::metrics
