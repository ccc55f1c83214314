#include "model/dropout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cellsweep::model {
namespace {

TEST(Dropout, MaskBelongsToThePositionInTheGlobalBatch) {
  constexpr std::int64_t features = 7;
  const DropoutPosition position{.seed = 5, .step = 4, .layer = 1, .backward = false};
  std::vector<float> whole(1000 * features), tail(400 * features), other(whole.size());
  fill_dropout_mask(position, 0.25, 0, features, whole);
  fill_dropout_mask(position, 0.25, 600, features, tail);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), whole.begin() + 600 * features));
  double dropped = 0;
  for (const float value : whole) {
    EXPECT_TRUE(value == 0.0f || value == 4.0f / 3.0f);
    dropped += value == 0.0f ? 1 : 0;
  }
  EXPECT_NEAR(dropped / 7000, 0.25, 0.02);
  for (const DropoutPosition& elsewhere : {DropoutPosition{6, 4, 1, false}, DropoutPosition{5, 5, 1, false},
                                           DropoutPosition{5, 4, 0, false}, DropoutPosition{5, 4, 1, true}}) {
    fill_dropout_mask(elsewhere, 0.25, 0, features, other);
    EXPECT_NE(other, whole);
  }
}

}  // namespace
}  // namespace cellsweep::model
