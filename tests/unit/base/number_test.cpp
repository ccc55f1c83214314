// Numbers from text, as JSON, and which of two is better.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/finite_json.h"
#include "base/goal.h"
#include "base/parse_number.h"

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

TEST(FiniteJson, HasNeitherNanNorInfinity) {
  using nlohmann::json;
  EXPECT_EQ(finite_or_null<json>(0.5), json(0.5));
  for (const double value : {NAN, INFINITY, -INFINITY}) EXPECT_TRUE(finite_or_null<json>(value).is_null());
  EXPECT_TRUE(finite_or_null<json>(std::optional<double>()).is_null());
}

TEST(Goal, SaysWhichIsBetter) {
  EXPECT_TRUE(is_better(2, 1, Goal::maximize) && !is_better(1, 2, Goal::maximize));
  EXPECT_TRUE(is_better(1, 2, Goal::minimize) && !is_better(2, 1, Goal::minimize));
  for (const Goal goal : {Goal::maximize, Goal::minimize})
    EXPECT_FALSE(is_better(1, 1, goal) || is_better(NAN, 1, goal) || is_better(1, NAN, goal));
}

}  // namespace
}  // namespace cellsweep
