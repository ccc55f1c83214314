// The exporter once runs end: the last scrape, the file it leaves, the gateway, and the view of a sweep
// beside it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>
#include <thread>
#include <utility>

#include "metrics/prometheus/exported_view.h"
#include "metrics/prometheus/exporter.h"
#include "unit/metrics/exporter_server.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

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
