// The exporter's parts, each alone.
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "metrics/prometheus/discovery.h"
#include "metrics/prometheus/gpu_metrics.h"
#include "metrics/prometheus/open_metrics.h"
#include "metrics/prometheus/page.h"
#include "metrics/prometheus/process_metrics.h"
#include "metrics/prometheus/run_metrics.h"
#include "metrics/prometheus/server.h"
#include "metrics/prometheus/sweep_metrics.h"
#include "metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FolderTest() override { fs::remove_all(folder_); }
  static std::string content(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  fs::path folder_ = fs::temp_directory_path() / ("cellsweep_exporter_" + std::to_string(getpid()));
};

// A registry with one gauge of that name.
std::shared_ptr<prometheus::Registry> registry_with(const char* name, const std::string& run, double value) {
  Families families(prometheus::Labels{{"run_id", run}});
  families.gauge(name, "Help.").Add({}).Set(value);
  return families.registry();
}

std::size_t series_of(const std::vector<prometheus::MetricFamily>& families) {
  std::size_t count = 0;
  for (const auto& family : families)
    for (const auto& metric : family.metric)
      count += family.type == prometheus::MetricType::Histogram ? metric.histogram.bucket.size() + 2 : 1;
  return count;
}

// ---- page

std::string runs_on(const Page& page) {
  std::string runs;
  for (const auto& family : page.Collect())
    for (const auto& metric : family.metric)
      for (const auto& [name, value] : metric.label)
        if (name == "run_id") runs += value;
  return runs;
}

TEST(Page, OneFamilyForEachNameWhoeverHasIt) {
  Page page;
  page.add(registry_with("a", "1", 1));
  page.add(registry_with("b", "2", 2));
  page.show_run(registry_with("a", "3", 3));
  const auto families = page.Collect();
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].name, "a");
  ASSERT_EQ(families[0].metric.size(), 2u);
  EXPECT_EQ(families[0].metric[1].gauge.value, 3);
}

TEST(Page, ARunThatEndedIsShownUntilItWasCollected) {
  Page page;
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

TEST(Page, DoesNotGrowWhereNobodyCollects) {
  Page page;
  for (int run = 1; run <= 70; ++run) page.show_run(registry_with("a", std::to_string(run) + " ", 1));
  const std::string runs = runs_on(page);
  EXPECT_TRUE(runs.starts_with("7 8 9 ")) << runs;
  EXPECT_TRUE(runs.ends_with("69 70 ")) << runs;
}

TEST(Page, CountsCollections) {
  Page page;
  EXPECT_GT(page.seconds_since_collection(), 1e9);
  page.Collect();
  EXPECT_LT(page.seconds_since_collection(), 60);
  EXPECT_EQ(page.begun(), 1u);
  EXPECT_EQ(page.done(), 1u);
}

TEST(Page, ManyCollectorsGetNoMoreThanTwentyPagesASecond) {
  const Page page;
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

// ---- series of a run

double value_of(const std::vector<prometheus::MetricFamily>& families, const std::string& name,
                const std::vector<std::pair<std::string, std::string>>& labels = {}) {
  for (const auto& family : families)
    for (const auto& metric : family.metric) {
      if (family.name != name) continue;
      const bool fits = std::ranges::all_of(labels, [&](const auto& label) {
        return std::ranges::any_of(metric.label, [&](const auto& has) {
          return has.name == label.first && has.value == label.second;
        });
      });
      if (fits)
        return family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
    }
  return NAN;
}

TEST(RunMetrics, StaysBelow500SeriesHoweverLongItIs) {
  for (const int ranks : {1, 8, 64}) {
    auto info = usual_run();
    info.ranks = ranks;
    info.epochs = 1000;
    RunMetrics run(info);
    run.update(step(1));
    const std::vector<RankReport> reports(static_cast<std::size_t>(ranks), RankReport{1, 1, 1, 1});
    for (std::int64_t epoch = 1; epoch <= 999; ++epoch) {
      auto report = guide_epoch();
      report.epoch = epoch;
      report.loss = static_cast<double>(epoch);
      run.update(report);
      run.update(std::span(reports));
    }
    run.update(CheckpointReport{.bytes = 1, .seconds = 1});
    const auto families = run.registry()->Collect();
    EXPECT_LT(series_of(families), 500u) << ranks;
    EXPECT_EQ(value_of(families, "cellsweep_epoch_loss", {{"epoch", "999"}, {"split", "train"}}), 999)
        << "the last one";
    EXPECT_TRUE(std::isnan(value_of(families, "cellsweep_epoch_loss", {{"epoch", "998"}})));
  }
}

TEST(RunMetrics, EveryEpochOfAShortRun) {
  RunMetrics run(usual_run());
  for (std::int64_t epoch = 1; epoch <= 10; ++epoch) {
    auto report = guide_epoch();
    report.epoch = epoch;
    report.val_accuracy = 0.05 * static_cast<double>(epoch);
    run.update(report);
  }
  const auto families = run.registry()->Collect();
  for (int epoch = 1; epoch <= 10; ++epoch)
    EXPECT_EQ(value_of(families, "cellsweep_epoch_accuracy",
                       {{"epoch", std::to_string(epoch)}, {"split", "validation"}}),
              0.05 * epoch);
  EXPECT_GE(value_of(families, "cellsweep_epoch_end_seconds", {{"epoch", "10"}}),
            value_of(families, "cellsweep_epoch_end_seconds", {{"epoch", "1"}}));
}

TEST(RunMetrics, PhasesRanksAndTheRest) {
  RunMetrics run(usual_run());
  auto report = step(1);
  report.gather_seconds = 1;
  report.forward_seconds = 2;
  report.backward_seconds = -1e-9;  // two clocks
  report.update_seconds = 4;
  report.all_reduce_bytes = 1000;
  report.gradient_norm = 0.75;
  run.update(report);
  report.gradient_norm = std::nullopt;
  run.update(report);
  const std::vector<RankReport> first{{1, 2, 3, 4}, {5, 6, 7, 8}};
  run.update(std::span(first));
  const std::vector<RankReport> second{{2, 2, 3, 4}, {9, 6, 7, 7}};
  run.update(std::span(second));
  run.update(CheckpointReport{.bytes = 123, .seconds = 0.5});
  run.count_mismatch();
  const auto families = run.registry()->Collect();
  EXPECT_EQ(value_of(families, "cellsweep_phase_seconds_total", {{"phase", "data"}}), 2);
  EXPECT_EQ(value_of(families, "cellsweep_phase_seconds_total", {{"phase", "forward"}}), 4);
  EXPECT_EQ(value_of(families, "cellsweep_phase_seconds_total", {{"phase", "backward"}}), 0);
  EXPECT_EQ(value_of(families, "cellsweep_phase_seconds_total", {{"phase", "update"}}), 8);
  EXPECT_EQ(value_of(families, "cellsweep_phase_seconds_total", {{"phase", "checkpoint"}}), 0.5);
  EXPECT_EQ(value_of(families, "cellsweep_all_reduce_bytes_total"), 2000);
  EXPECT_EQ(value_of(families, "cellsweep_gradient_norm"), 0.75);
  EXPECT_EQ(value_of(families, "cellsweep_rank_compute_seconds_total", {{"rank", "1"}}), 9);
  EXPECT_EQ(value_of(families, "cellsweep_rank_all_reduce_seconds_total", {{"rank", "0"}}), 2);
  EXPECT_EQ(value_of(families, "cellsweep_rank_data_seconds_total", {{"rank", "1"}}), 7);
  EXPECT_EQ(value_of(families, "cellsweep_rank_resident_memory_bytes", {{"rank", "1"}}), 7);
  EXPECT_EQ(value_of(families, "cellsweep_checkpoint_size_bytes"), 123);
  EXPECT_EQ(value_of(families, "cellsweep_replica_checksum_mismatches_total"), 1);
}

TEST(RunMetrics, OneStateAtATime) {
  RunMetrics run(usual_run());
  EXPECT_EQ(value_of(run.registry()->Collect(), "cellsweep_run_state", {{"state", "running"}}), 1);
  for (const std::string ending : {"finished", "pruned", "diverged", "failed"}) {
    run.set_state(ending);
    const auto families = run.registry()->Collect();
    double sum = 0;
    for (const char* state : {"running", "finished", "pruned", "diverged", "failed"})
      sum += value_of(families, "cellsweep_run_state", {{"state", state}});
    EXPECT_EQ(sum, 1);
    EXPECT_EQ(value_of(families, "cellsweep_run_state", {{"state", ending}}), 1);
  }
}

TEST(SweepMetrics, CountsRunsByState) {
  SweepMetrics sweep("cells");
  SweepProgress progress;
  progress.runs = 12;
  progress.ended = 6;
  progress.running = 2;
  progress.finished = 3;
  progress.diverged = progress.pruned = progress.failed = 1;
  progress.metric = "val_loss";
  sweep.update(progress);
  EXPECT_TRUE(std::isnan(value_of(sweep.registry()->Collect(), "cellsweep_sweep_best"))) << "none yet";
  progress.best = 0.25;
  sweep.update(progress);
  const auto families = sweep.registry()->Collect();
  EXPECT_EQ(value_of(families, "cellsweep_sweep_runs", {{"state", "planned"}, {"sweep", "cells"}}), 4);
  EXPECT_EQ(value_of(families, "cellsweep_sweep_runs", {{"state", "finished"}}), 3);
  EXPECT_EQ(value_of(families, "cellsweep_sweep_best", {{"metric", "val_loss"}}), 0.25);
}

TEST(ProcessMetrics, AreOfThisProcess) {
  const auto families = ProcessMetrics().Collect();
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(value_of(families, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value_of(families, "process_cpu_seconds_total"), 0);
  EXPECT_LE(value_of(families, "process_start_time_seconds"), now + 2);
  EXPECT_GT(value_of(families, "process_start_time_seconds"), now - 600);
}

TEST(GpuMetrics, NoneWithoutTheLibrary) {
  EXPECT_EQ(make_gpu_metrics("libcellsweep-has-no-such.so"), nullptr);
  EXPECT_EQ(make_gpu_metrics("libm.so.6"), nullptr) << "a library without its functions";
}

// ---- files

using DiscoveryTest = FolderTest;

TEST_F(DiscoveryTest, NamesTheTargetWhileItLives) {
  const auto directory = folder_ / "made" / "here";
  {
    const DiscoveryFile file(directory, "cells-0", "127.0.0.1:4711");
    std::vector<fs::path> files(fs::directory_iterator(directory), {});
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].extension(), ".json");
    EXPECT_EQ(
        nlohmann::json::parse(content(files[0])),
        nlohmann::json::parse(R"([{"targets": ["127.0.0.1:4711"], "labels": {"instance": "cells-0"}}])"));
  }
  EXPECT_TRUE(fs::is_empty(directory));
}

TEST_F(DiscoveryTest, RemovesOnlyWhatADeadProcessOfThisHostLeft) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string here = std::string("@") + host.data();
  const std::string alive = std::to_string(getppid());
  const std::vector<std::string> kept{"cellsweep_a-0" + here + "_" + alive + ".json",
                                      "cellsweep_a-0@elsewhere_999999999.json", "other_999999999.json"};
  for (const std::string& name : kept) std::ofstream(folder_ / name) << "[]";
  std::ofstream(folder_ / ("cellsweep_a-0" + here + "_999999999.json")) << "[]";
  { const DiscoveryFile file(folder_, "b-0", "x:1"); }
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_)) left.push_back(entry.path().filename());
  std::ranges::sort(left);
  auto wanted = kept;
  std::ranges::sort(wanted);
  EXPECT_EQ(left, wanted);
}

TEST_F(DiscoveryTest, AFolderThatCannotBeIsAnError) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THROW(DiscoveryFile(folder_ / "file", "a", "b"), Error);
}

using PasswordTest = FolderTest;

TEST_F(PasswordTest, IsTheFirstLine) {
  const auto file = folder_ / "password";
  std::ofstream(file) << "open sesame\r\nother\n";
  EXPECT_EQ(read_password({.username = "ali", .password_file = file}), "open sesame");
  EXPECT_EQ(read_password({.username = "", .password_file = "not there"}), "");
  EXPECT_THROW(read_password({.username = "ali", .password_file = folder_ / "none"}), UserError);
  std::ofstream(file) << "\nopen sesame\n";
  EXPECT_THROW(read_password({.username = "ali", .password_file = file}), UserError);
}

// ---- OpenMetrics

OpenMetrics labelled() {
  prometheus::ClientMetric metric;
  metric.label = {{"job", "cellsweep"}};
  return OpenMetrics(metric);
}

TEST(OpenMetrics, GroupsByFamilyMetricAndTime) {
  Families families(prometheus::Labels{{"run_id", "a\"b\\c"}});
  auto& counter = families.counter("n_total", "Counts\nthings.").Add({});
  auto& gauge = families.gauge("g", "Gauge.").Add({});
  auto& histogram = prometheus::BuildHistogram()
                        .Name("h")
                        .Help("Times.")
                        .Register(*families.registry())
                        .Add({}, prometheus::Histogram::BucketBoundaries{5e-5, 1});
  OpenMetrics metrics = labelled();
  gauge.Set(NAN);
  metrics.record(1000.5, families.registry()->Collect());
  counter.Increment(3);
  gauge.Set(0.1 + 0.2);
  histogram.Observe(0.5);
  metrics.record(1001.25, families.registry()->Collect());
  EXPECT_EQ(metrics.text(), R"(# TYPE n counter
# HELP n Counts\nthings.
n_total{job="cellsweep",run_id="a\"b\\c"} 0 1000.500
n_total{job="cellsweep",run_id="a\"b\\c"} 3 1001.250
# TYPE g gauge
# HELP g Gauge.
g{job="cellsweep",run_id="a\"b\\c"} NaN 1000.500
g{job="cellsweep",run_id="a\"b\\c"} 0.30000000000000004 1001.250
# TYPE h histogram
# HELP h Times.
h_bucket{job="cellsweep",le="5e-05"} 0 1000.500
h_bucket{job="cellsweep",le="1"} 0 1000.500
h_bucket{job="cellsweep",le="+Inf"} 0 1000.500
h_sum{job="cellsweep"} 0 1000.500
h_count{job="cellsweep"} 0 1000.500
h_bucket{job="cellsweep",le="5e-05"} 0 1001.250
h_bucket{job="cellsweep",le="1"} 1 1001.250
h_bucket{job="cellsweep",le="+Inf"} 1 1001.250
h_sum{job="cellsweep"} 0.5 1001.250
h_count{job="cellsweep"} 1 1001.250
# EOF
)");
}

TEST(OpenMetrics, ALongRunIsThinnedOutAndKeepsItsEnds) {
  Families families({});
  auto& gauge = families.gauge("g", "Gauge.").Add({});
  OpenMetrics metrics = labelled();
  for (int i = 0; i < 1000; ++i) {
    gauge.Set(i);
    metrics.record(i, families.registry()->Collect());
    EXPECT_TRUE(metrics.text().ends_with(fmt::format("g{{job=\"cellsweep\"}} {0} {0}.000\n# EOF\n", i))) << i;
  }
  const std::string text = metrics.text();
  const auto lines = std::count(text.begin(), text.end(), '\n') - 3;
  EXPECT_GE(lines, 32);
  EXPECT_LE(lines, 64);
  EXPECT_NE(text.find("} 0 0.000\n"), std::string::npos);
}

TEST(OpenMetrics, AClockThatGoesBackDoesNotTakeTimeWithIt) {
  Families families(prometheus::Labels{});
  auto& gauge = families.gauge("g", "Gauge.").Add({});
  OpenMetrics metrics = labelled();
  for (const double time : {1000.0, 1000.0, 900.0}) {
    gauge.Set(time);
    metrics.record(time, families.registry()->Collect());
  }
  EXPECT_NE(metrics.text().find("} 1000 1000.000\ng{job=\"cellsweep\"} 1000 1000.001\n"
                                "g{job=\"cellsweep\"} 900 1000.002\n"),
            std::string::npos)
      << metrics.text();
}

TEST(OpenMetrics, IsDueAtFirstAndNotAtOnceAgain) {
  OpenMetrics metrics = labelled();
  EXPECT_TRUE(metrics.is_due());
  metrics.record(1, {});
  EXPECT_FALSE(metrics.is_due());
}

}  // namespace
}  // namespace cellsweep::metrics
