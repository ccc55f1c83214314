#include "report/summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "unit/report/rows.h"

namespace cellsweep::report {
namespace {

TEST(Points, HaveMeanAndDeviation) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "1", 0.5, 0, "1"), row("b", "lstm", "1", 0.7, 0, "2"),
                     row("c", "gru", "1", 0.9, 1, "1"), row("d", "gru", "1", 0.1, 1, "2")};
  comparison.rows[3].state = RunState::failed;
  const auto points = summarise_points(comparison);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].run_ids, std::vector<std::string>{"c"});
  EXPECT_FALSE(points[0].deviation.has_value());
  EXPECT_NEAR(points[1].mean, 0.6, 1e-12);
  EXPECT_NEAR(*points[1].deviation, std::sqrt(0.02), 1e-12);
  EXPECT_EQ(points[1].parameters.size(), 2u);
}

TEST(Importance, IsTheShareOfTheVariance) {
  Comparison comparison;
  // The cell makes a difference of 0.2, the rate one of 0.1, and nothing else does: 0.8 and 0.2 of the
  // variance.
  comparison.rows = {row("a", "lstm", "1", 0.9), row("b", "lstm", "2", 0.8), row("c", "gru", "1", 0.7),
                     row("d", "gru", "2", 0.6)};
  const auto fractions = importance(comparison);
  ASSERT_EQ(fractions.size(), 2u);
  EXPECT_EQ(fractions[0].first, "model.cell");
  EXPECT_NEAR(fractions[0].second, 0.8, 1e-9);
  EXPECT_NEAR(fractions[1].second, 0.2, 1e-9);
}

TEST(Importance, OfNumbersThatOccurOnceIsThatOfTheirRanks) {
  Comparison comparison;
  for (int i = 0; i < 6; ++i)
    comparison.rows.push_back(row(std::to_string(i), "lstm", std::to_string(0.1 * i), std::exp(-i)));
  const auto fractions = importance(comparison);
  ASSERT_EQ(fractions.size(), 1u);
  EXPECT_NEAR(fractions[0].second, 1, 1e-12);
  comparison.rows.resize(3);
  EXPECT_TRUE(importance(comparison).empty());
}

}  // namespace
}  // namespace cellsweep::report
