#include "metrics/prometheus/run_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "unit/metrics/metrics_reports.h"
#include "unit/metrics/prometheus/series.h"

namespace cellsweep::metrics {
namespace {

std::size_t series_of(const std::vector<prometheus::MetricFamily>& families) {
  std::size_t count = 0;
  for (const auto& family : families)
    for (const auto& metric : family.metric)
      count += family.type == prometheus::MetricType::Histogram ? metric.histogram.bucket.size() + 2 : 1;
  return count;
}

TEST(RunMetrics, StaysBelow500SeriesHoweverLongItIs) {
  for (const int ranks : {1, 8, 64}) {
    auto info = usual_run();
    info.ranks = ranks;
    info.epochs = 1000;
    RunMetrics run(info);
    run.update(step(1));
    const std::vector<RankReport> reports(ranks, RankReport{1, 1, 1, 1});
    for (std::int64_t epoch = 1; epoch <= 999; ++epoch) {
      auto report = guide_epoch();
      report.epoch = epoch;
      report.metrics["loss"] = static_cast<double>(epoch);
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
    report.metrics["val_accuracy"] = 0.05 * static_cast<double>(epoch);
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
  for (const RunState ending : {RunState::finished, RunState::pruned, RunState::diverged, RunState::failed}) {
    run.set_state(ending);
    const auto families = run.registry()->Collect();
    double sum = 0;
    for (const char* state : {"running", "finished", "pruned", "diverged", "failed"})
      sum += value_of(families, "cellsweep_run_state", {{"state", state}});
    EXPECT_EQ(sum, 1);
    EXPECT_EQ(value_of(families, "cellsweep_run_state", {{"state", std::string(to_name(ending))}}), 1);
  }
}

}  // namespace
}  // namespace cellsweep::metrics
