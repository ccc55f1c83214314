// The exporter over HTTP: what a scrape of a run gets, and the file that a run leaves.
#include "metrics/prometheus/exporter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <thread>
#include <utility>

#include "base/error.h"
#include "unit/metrics/metrics_reports.h"
#include "unit/metrics/prometheus/exporter_server.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

TEST(Prometheus, NullIfDisabled) {
  MetricsOptions options;
  options.prometheus.enabled = options.open_metrics = false;
  EXPECT_EQ(make_exporter(options, "cells", 0), nullptr);
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
  expect(R"(cellsweep_run_info{run_id="001-lstm",sweep="cells",batch_size="64",cell="lstm",engine="torch",)"
         R"(model_cell="lstm",ranks="2",train_optimizer_learning_rate="0.01",version="1.2.3"} 1)");
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
  epoch.metrics["loss"] = 0.5;
  epoch.metrics["val_loss"] = 0.25;
  epoch.metrics["val_accuracy"] = 0.75;
  server.observer->on_epoch_end(epoch);
  EXPECT_TRUE(server.has("cellsweep_loss" + run + R"(,split="train"} 0.5)"));
  EXPECT_TRUE(server.has("cellsweep_loss" + run + R"(,split="validation"} 0.25)"));
  EXPECT_TRUE(server.has("cellsweep_accuracy" + run + R"(,split="validation"} 0.75)"));
}

TEST(Prometheus, ARunStaysUntilTheNextBegins) {
  const Server server;
  server.observer->on_run_begin(usual_run());
  auto epoch = guide_epoch();
  epoch.metrics["loss"] = 0.5;
  server.observer->on_epoch_end(epoch);
  server.observer->on_run_end({});
  EXPECT_TRUE(server.has(R"(cellsweep_loss{run_id="001-lstm",sweep="cells",split="train"} 0.5)"));
  auto next = usual_run();
  next.run_id = "002-gru";
  next.metrics.pop_back();
  server.observer->on_run_begin(next);
  server.observer->on_step(step(1));
  const auto page = http_get(server.port);
  EXPECT_EQ(page.find("001-lstm"), std::string::npos);
  EXPECT_NE(page.find("002-gru"), std::string::npos);
  EXPECT_EQ(page.find("cellsweep_accuracy"), std::string::npos) << "accuracy of a regression";
}

TEST(Prometheus, ATakenPortIsAWarningAndTheRunContinues) {
  const Server first;
  const LogCapture log;
  const auto second = make_exporter(options_for(first.port), "cells", 0);
  ASSERT_NE(second, nullptr);
  second->on_run_begin(usual_run());
  second->on_step(step(1));
  second->on_epoch_end(guide_epoch());
  EXPECT_TRUE(log.text().starts_with("warning: no metrics are served, the run continues: 127.0.0.1:" +
                                     std::to_string(first.port)))
      << log.text();
}

TEST(Prometheus, AWrongAddressIsAWarningThatSaysWhy) {
  for (const auto& [address, reason] :
       {std::pair("999.1.1.1", "four numbers from 0 to 255"),
        std::pair("192.0.2.1", "Cannot assign requested address"),
        std::pair("no-such-host.invalid", "metrics.prometheus.address no-such-host.invalid: ")}) {
    const LogCapture log;
    auto options = options_for();
    options.prometheus.address = address;
    EXPECT_NE(make_exporter(options, "cells", 0), nullptr);
    EXPECT_NE(log.text().find(reason), std::string::npos) << log.text();
    EXPECT_EQ(log.text().find("info: metrics at"), std::string::npos) << log.text();
  }
}

TEST(Prometheus, ThatAnybodyMayReadIsWarnedOf) {
  for (const auto& [address, is_open] : {std::pair("0.0.0.0", true), std::pair("localhost", false)}) {
    const LogCapture log;
    auto options = options_for();
    options.prometheus.address = address;
    const auto exporter = make_exporter(options, "cells", 0);
    EXPECT_NE(log.text().find("info: metrics at"), std::string::npos) << log.text();
    EXPECT_EQ(log.text().find("whoever reaches this host") != std::string::npos, is_open) << log.text();
  }
}

TEST(Prometheus, AnotherHostsNameIsRefused) {
  const Server server;
  for (const char* right : {"", "Host: localhost\r\n", "Host: 127.0.0.1:1\r\n", "Host: [::1]\r\n"})
    EXPECT_TRUE(http_answer(server.port, right).starts_with("HTTP/1.1 200")) << right;
  const std::string refused = http_answer(server.port, "Host: evil.example\r\n");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403")) << refused;
  EXPECT_EQ(refused.find("cellsweep_"), std::string::npos);
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
  for (std::string line; std::getline(page, line);)  // without what the server says about itself
    if (line.find("cellsweep_") != std::string::npos) own << line << "\n";
  own.close();
  EXPECT_EQ(std::system(("promtool check metrics < '" + file.string() + "'").c_str()), 0);
  fs::remove(file);
}

TEST(OpenMetricsFile, IsLeftAtTheEndOfEachRun) {
  const auto folder = fs::temp_directory_path() / ("cellsweep_om_" + std::to_string(getpid()));
  fs::create_directories(folder);
  MetricsOptions options;
  options.prometheus.enabled = false;
  const auto exporter = make_exporter(options, "cells", 3);
  auto info = usual_run();
  info.directory = folder;
  exporter->on_run_begin(info);
  exporter->on_step(step(1));
  EXPECT_TRUE(fs::is_empty(folder));
  exporter->on_run_end({.state = RunState::diverged, .reason = ""});
  std::stringstream text;
  text << std::ifstream(folder / "metrics.om").rdbuf();
  EXPECT_NE(text.str().find(R"(cellsweep_run_state{job="cellsweep",instance="cells-3",run_id="001-lstm",)"
                            R"(sweep="cells",state="diverged"} 1 )"),
            std::string::npos)
      << text.str();
  EXPECT_TRUE(text.str().ends_with("# EOF\n"));
  fs::remove_all(folder);
  EXPECT_FALSE(exporter->awaits_final_scrape());
}

TEST(OpenMetricsFile, IsKeptForAResumedRun) {
  const auto folder = fs::temp_directory_path() / ("cellsweep_om_" + std::to_string(getpid()));
  fs::create_directories(folder);
  MetricsOptions options;
  options.prometheus.enabled = false;
  const auto last_step_of = [&](const char* file) {
    std::stringstream text;
    text << std::ifstream(folder / file).rdbuf();
    const std::string all = text.str();
    const std::regex samples(R"(\ncellsweep_step\{[^}]*\} (\d+) )");
    std::string last;
    for (std::sregex_iterator found(all.begin(), all.end(), samples), end; found != end; ++found)
      last = (*found)[1];
    return last;
  };
  for (const int steps : {0, 10, 20}) {
    const auto exporter = make_exporter(options, "cells", 3);
    auto info = usual_run();
    info.directory = folder;
    info.steps_done = steps;
    exporter->on_run_begin(info);
    auto report = step(1);
    report.global_step = steps + 10;
    exporter->on_step(report);
    exporter->on_run_end({.state = RunState::interrupted, .reason = ""});
  }
  EXPECT_EQ(last_step_of("metrics-1.om"), "10");
  EXPECT_EQ(last_step_of("metrics-2.om"), "20");
  EXPECT_EQ(last_step_of("metrics.om"), "30");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace cellsweep::metrics
