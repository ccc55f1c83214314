#include "base/random.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cellsweep {
namespace {

TEST(RandomSequence, DependsOnEachOfItsArguments) {
  const RandomSequence base(1, RandomPurpose::shuffle, 0);
  EXPECT_EQ(base.bits(7), RandomSequence(1, RandomPurpose::shuffle, 0).bits(7));
  EXPECT_NE(base.bits(7), base.bits(8));
  EXPECT_NE(base.bits(7), RandomSequence(2, RandomPurpose::shuffle, 0).bits(7));
  EXPECT_NE(base.bits(7), RandomSequence(1, RandomPurpose::dropout, 0).bits(7));
  EXPECT_NE(base.bits(7), RandomSequence(1, RandomPurpose::shuffle, 1).bits(7));
}

// The answers that the authors of Philox publish for 4x32-10 (kat_vectors of Random123) with an all-zero
// counter and key.
TEST(RandomSequence, IsPhilox) {
  const RandomSequence zero(0, static_cast<RandomPurpose>(0), 0);
  EXPECT_EQ(zero.bits(0), 0xe169c58dull << 32 | 0x6627e8d5ull);
}

TEST(RandomSequence, HasTheMomentsOfItsDistributions) {
  const RandomSequence random(3, RandomPurpose::initializer, 0);
  constexpr int count = 100000;
  double uniform = 0, normal = 0, square = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    uniform += random.uniform(i);
    normal += random.normal(i);
    square += random.normal(i) * random.normal(i);
    ASSERT_LT(random.below(i, 10), 10u);
  }
  EXPECT_NEAR(uniform / count, 0.5, 0.005);
  EXPECT_NEAR(normal / count, 0.0, 0.015);
  EXPECT_NEAR(square / count, 1.0, 0.02);
}

}  // namespace
}  // namespace cellsweep
