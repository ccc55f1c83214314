#include "base/parse_number.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cellsweep {
namespace {

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<double>("1e-3"), 1e-3);
  EXPECT_EQ(parse_number<std::uint64_t>("17", 8), 15u);
  for (const char* text : {"", " 1", "1 ", "1x", "x", "1e", "99999999999"})
    EXPECT_FALSE(parse_number<int>(text)) << text;
  EXPECT_FALSE(parse_number<std::uint64_t>("18", 8));
}

}  // namespace
}  // namespace cellsweep
