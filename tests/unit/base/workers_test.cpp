#include "base/workers.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

namespace cellsweep {
namespace {

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
