// The end of a job waits for the last scrape.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "unit/metrics/metrics_reports.h"
#include "unit/metrics/prometheus/exporter_server.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

TEST(FinalScrape, NobodyIsWaitedForIfNobodyScraped) {
  const Server server;
  server.observer->on_run_begin(usual_run());
  server.observer->on_run_end({.state = RunState::finished, .reason = ""});
  EXPECT_FALSE(server.observer->awaits_final_scrape());
}

TEST(FinalScrape, IsWaitedForIfSomebodyScraped) {
  auto options = options_for();
  options.prometheus.final_scrape_seconds = 100;
  const Server server(options);
  server.observer->on_run_begin(usual_run());
  http_get(server.port);
  server.observer->on_run_end({.state = RunState::finished, .reason = ""});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(server.observer->awaits_final_scrape());
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

}  // namespace
}  // namespace cellsweep::metrics
