#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

#include "base/enum_names.h"
#include "base/log.h"
#include "base/random.h"
#include "base/workers.h"

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

TEST(EnumNames, GoBothWays) {
  EXPECT_EQ(to_name(LogLevel::warn), "warn");
  EXPECT_EQ(from_name<LogLevel>("error"), LogLevel::error);
  EXPECT_EQ(from_name<LogLevel>("loud"), std::nullopt);
}

TEST(Workers, CallEachOnceAndGiveBackWhatWasThrown) {
  Workers workers(3);
  std::array<int, 3> calls{};
  for (int round = 0; round < 1000; ++round) workers.run([&](int index) { ++calls[index]; });
  EXPECT_EQ(calls, (std::array<int, 3>{1000, 1000, 1000}));
  const auto fail_on = [&](int bad) {
    workers.run([&](int index) {
      if (index == bad) throw std::runtime_error("thread " + std::to_string(index));
    });
  };
  EXPECT_THROW(fail_on(0), std::runtime_error);
  EXPECT_THROW(fail_on(2), std::runtime_error);
  EXPECT_NO_THROW(fail_on(3));
}

}  // namespace
}  // namespace cellsweep
