#include "sweep/bayes/gaussian_process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cellsweep::sweep {
namespace {

// sin is known at six points: the process passes through them, and is sure of itself only near them.
TEST(GaussianProcess, InterpolatesWhatItIsShown) {
  std::vector<double> points, values;
  for (int i = 0; i < 6; ++i) {
    points.push_back(0.2 * i);
    values.push_back(10 + std::sin(6 * points.back()));
  }
  const GaussianProcess process(points, 1, values);
  const std::vector<double> at{0.2, 0.3, 0.7, 3.0};
  const auto found = process.predict(at);
  EXPECT_NEAR(found[0].mean, values[1], 1e-2);
  EXPECT_LT(found[0].deviation, 0.05);
  EXPECT_NEAR(found[1].mean, 10 + std::sin(1.8), 0.1);
  EXPECT_NEAR(found[2].mean, 10 + std::sin(4.2), 0.1);
  EXPECT_GT(found[3].deviation, 0.5);
}

}  // namespace
}  // namespace cellsweep::sweep
