#include "train/gradient_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cellsweep::train {
namespace {

TEST(L2Norm, IsRightForAnyLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<float> values(size);
    double squares = 0;
    for (std::size_t i = 0; i < size; ++i) {
      values[i] = static_cast<float>(i) - 20.5f;
      squares += static_cast<double>(values[i]) * values[i];
    }
    EXPECT_NEAR(l2_norm(values), std::sqrt(squares), 1e-9) << size;
  }
}

}  // namespace
}  // namespace cellsweep::train
