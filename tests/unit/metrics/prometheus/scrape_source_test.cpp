// What a scrape gets: the registries of runs and process on one page.
#include "metrics/prometheus/scrape_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "metrics/prometheus/families.h"

namespace cellsweep::metrics {
namespace {

// A registry with one gauge of that name.
std::shared_ptr<prometheus::Registry> registry_with(const char* name, const std::string& run, double value) {
  Families families(prometheus::Labels{{"run_id", run}});
  families.gauge(name, "Help.").Add({}).Set(value);
  return families.registry();
}

std::string runs_on(const ScrapeSource& page) {
  std::string runs;
  for (const auto& family : page.Collect())
    for (const auto& metric : family.metric)
      for (const auto& [name, value] : metric.label)
        if (name == "run_id") runs += value;
  return runs;
}

TEST(ScrapeSource, OneFamilyForEachNameWhoeverHasIt) {
  ScrapeSource page;
  page.add(registry_with("a", "1", 1));
  page.add(registry_with("b", "2", 2));
  page.show_run(registry_with("a", "3", 3));
  const auto families = page.Collect();
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].name, "a");
  ASSERT_EQ(families[0].metric.size(), 2u);
  EXPECT_EQ(families[0].metric[1].gauge.value, 3);
}

TEST(ScrapeSource, ARunThatEndedIsShownUntilItWasCollected) {
  ScrapeSource page;
  page.show_run(registry_with("a", "1", 1));
  EXPECT_EQ(runs_on(page), "1");
  page.end_run();
  page.show_run(registry_with("a", "2", 1));
  EXPECT_EQ(runs_on(page), "12") << "what was collected before its end were not its final values";
  EXPECT_EQ(runs_on(page), "2");
  page.end_run();
  EXPECT_EQ(runs_on(page), "2");
  EXPECT_EQ(runs_on(page), "2") << "the latest run stays";
  page.show_run(registry_with("a", "3", 1));
  EXPECT_EQ(runs_on(page), "3");
}

TEST(ScrapeSource, DoesNotGrowIfNobodyCollects) {
  ScrapeSource page;
  for (int run = 1; run <= 70; ++run) page.show_run(registry_with("a", std::to_string(run) + " ", 1));
  const std::string runs = runs_on(page);
  EXPECT_TRUE(runs.starts_with("7 8 9 ")) << runs;
  EXPECT_TRUE(runs.ends_with("69 70 ")) << runs;
}

TEST(ScrapeSource, CountsCollections) {
  ScrapeSource page;
  EXPECT_GT(page.seconds_since_collection(), 1e9);
  page.Collect();
  EXPECT_LT(page.seconds_since_collection(), 60);
  EXPECT_EQ(page.begun(), 1u);
  EXPECT_EQ(page.done(), 1u);
}

TEST(ScrapeSource, ManyCollectorsGetNoMoreThanTwentyPagesASecond) {
  const ScrapeSource page;
  std::atomic<bool> is_over = false;
  std::atomic<int> pages = 0;
  const Stopwatch clock;
  std::vector<std::thread> collectors;
  for (int i = 0; i < 4; ++i)
    collectors.emplace_back([&] {
      for (; !is_over; ++pages) page.Collect();
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  is_over = true;
  for (std::thread& collector : collectors) collector.join();
  EXPECT_GT(pages, 1);
  EXPECT_LE(pages, clock.seconds() / 0.05 + 1);
}

}  // namespace
}  // namespace cellsweep::metrics
