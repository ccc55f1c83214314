#include <gtest/gtest.h>

#include "unit/metrics/metrics_reports.h"
#include "unit/metrics/prometheus/exporter_server.h"

namespace cellsweep::metrics {
namespace {

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

}  // namespace
}  // namespace cellsweep::metrics
