#include "metrics/prometheus/sweep_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "unit/metrics/prometheus/series.h"

namespace cellsweep::metrics {
namespace {

TEST(SweepMetrics, CountsRunsByState) {
  SweepMetrics sweep("cells");
  SweepProgress progress;
  progress.counts[RunState::planned] = 4;
  progress.counts[RunState::running] = 2;
  progress.counts[RunState::finished] = 3;
  for (const RunState state : {RunState::diverged, RunState::pruned, RunState::failed})
    progress.counts[state] = 1;
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

}  // namespace
}  // namespace cellsweep::metrics
