#include "metrics/prometheus/gpu_metrics.h"

#include <gtest/gtest.h>

namespace cellsweep::metrics {
namespace {

TEST(GpuMetrics, NoneWithoutTheLibrary) {
  EXPECT_EQ(make_gpu_metrics("libcellsweep-has-no-such.so"), nullptr);
  EXPECT_EQ(make_gpu_metrics("libm.so.6"), nullptr) << "a library without its functions";
}

}  // namespace
}  // namespace cellsweep::metrics
