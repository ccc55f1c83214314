#include "metrics/prometheus/process_metrics.h"

#include <gtest/gtest.h>

#include <ctime>

#include "unit/metrics/prometheus/series.h"

namespace cellsweep::metrics {
namespace {

TEST(ProcessMetrics, AreOfThisProcess) {
  const auto families = ProcessMetrics().Collect();
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(value_of(families, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value_of(families, "process_cpu_seconds_total"), 0);
  EXPECT_LE(value_of(families, "process_start_time_seconds"), now + 2);
  EXPECT_GT(value_of(families, "process_start_time_seconds"), now - 600);
}

}  // namespace
}  // namespace cellsweep::metrics
