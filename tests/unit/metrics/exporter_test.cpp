// The exporter over HTTP: what a scrape of a run gets.
#include "metrics/prometheus/exporter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
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
#include "metrics/prometheus/exported_view.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

// The whole answer.
std::string http_answer(int port, const std::string& host) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\n" + host + "\r\n";
    EXPECT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t got; (got = recv(client, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, got);
  }
  close(client);
  return answer;
}

std::string http_get(int port) {
  const std::string answer = http_answer(port, "Host: localhost\r\n");
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

// Serves on `port`, 0: any free one.
MetricsOptions options_for(int port = 0) {
  MetricsOptions options;
  options.prometheus.port = port;
  return options;
}

struct Server {
  explicit Server(const MetricsOptions& options = options_for()) {
    const LogCapture log;
    observer = make_exporter(options, "cells", 0);
    std::smatch match;
    const std::string text = log.text();
    if (std::regex_match(text, match, std::regex("info: metrics at http://127.0.0.1:(\\d+)/metrics\n")))
      port = std::stoi(match[1]);
  }
  bool has(const std::string& line) const {
    return ("\n" + http_get(port)).find("\n" + line + "\n") != std::string::npos;
  }
  std::unique_ptr<Exporter> observer;
  int port = 0;
};

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

// ---- the last scrape

// Asks until the exporter no longer waits; how often it did.
int wait_for_end(Exporter& exporter, const std::function<void()>& meanwhile) {
  int asked = 0;
  for (; exporter.awaits_last_scrape(); ++asked) {
    meanwhile();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return asked;
}

TEST(FinalScrape, NobodyIsWaitedForIfNobodyScraped) {
  const Server server;
  server.observer->on_run_begin(usual_run());
  server.observer->on_run_end({.state = RunState::finished, .reason = ""});
  EXPECT_FALSE(server.observer->awaits_last_scrape());
}

TEST(FinalScrape, IsWaitedForIfSomebodyScraped) {
  auto options = options_for();
  options.prometheus.final_scrape_seconds = 100;
  const Server server(options);
  server.observer->on_run_begin(usual_run());
  http_get(server.port);
  server.observer->on_run_end({.state = RunState::finished, .reason = ""});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(server.observer->awaits_last_scrape());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(server.has(R"(cellsweep_run_state{run_id="001-lstm",sweep="cells",state="finished"} 1)"));
  wait_for_end(*server.observer, [] {});
}

TEST(FinalScrape, IsNotWaitedForLongerThanGiven) {
  auto options = options_for();
  options.prometheus.final_scrape_seconds = 0.2;
  const Server server(options);
  http_get(server.port);
  EXPECT_GT(wait_for_end(*server.observer, [] {}), 0);
}

TEST(FinalScrape, IsWaitedForIfThereIsADiscoveryFile) {
  const auto folder = fs::temp_directory_path() / ("cellsweep_targets_" + std::to_string(getpid()));
  auto options = options_for();
  options.prometheus.final_scrape_seconds = 100;
  options.prometheus.discovery_directory = folder;
  {
    const Server server(options);
    EXPECT_FALSE(fs::is_empty(folder));
    bool is_scraped = false;
    wait_for_end(*server.observer, [&] {
      if (!std::exchange(is_scraped, true)) http_get(server.port);
    });
    EXPECT_TRUE(is_scraped);
  }
  EXPECT_TRUE(fs::is_empty(folder));
  fs::remove_all(folder);
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
  EXPECT_FALSE(exporter->awaits_last_scrape());
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

TEST(Gateway, OneThatIsNotThereIsOneWarning) {
  const LogCapture log;
  MetricsOptions options;
  options.prometheus.enabled = false;
  options.pushgateway.address = "127.0.0.1:1";
  const auto exporter = make_exporter(options, "cells", 0);
  for (const char* run : {"001", "002"}) {
    auto info = usual_run();
    info.run_id = run;
    exporter->on_run_begin(info);
    for (int i = 1; i < 2000; ++i) exporter->on_step(step(i));
    exporter->on_run_end({.state = RunState::finished, .reason = ""});
  }
  wait_for_end(*exporter, [] {});
  EXPECT_EQ(
      log.text(),
      "warning: metrics cannot be pushed to http://127.0.0.1:1/metrics/job/cellsweep, the run continues\n");
}

// Shows nothing.
class SilentView final : public SweepView {
 public:
  Observer& of_group(std::size_t) override { return list_; }
  void on_progress(const SweepProgress&) override {}
  void on_event(const std::string&) override {}

 private:
  ObserverList list_;
};

TEST(ExportedView, IsTheViewItselfWithoutAnExporter) {
  std::unique_ptr<SweepView> view = std::make_unique<SilentView>();
  const SweepView* const bare = view.get();
  EXPECT_EQ(make_exported_view(std::move(view), nullptr).get(), bare);
}

TEST(ExportedView, ReportsProgressToTheExporter) {
  const Server server;
  const auto view = make_exported_view(std::make_unique<SilentView>(), server.observer.get());
  SweepProgress progress;
  progress.counts[RunState::planned] = 3;
  view->on_progress(progress);
  EXPECT_TRUE(server.has(R"(cellsweep_sweep_runs{sweep="cells",state="planned"} 3)"));
}

}  // namespace
}  // namespace cellsweep::metrics
