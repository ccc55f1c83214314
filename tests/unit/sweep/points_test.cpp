// Which points a sweep tries: each once, as many as there are, however large the space is.
#include "sweep/points.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <set>

#include "base/error.h"
#include "sweep/plan.h"

namespace cellsweep::sweep {
namespace {

SweepOptions options_of(Method method, std::int64_t cap) {
  SweepOptions options;
  options.method = method;
  options.run_cap = cap;
  return options;
}

TEST(Points, ARandomSearchTriesEachPointOnceAndThenEnds) {
  SweepOptions options = options_of(Method::random, 16);
  options.parameters["model.cell"].values = {"lstm", "gru"};
  options.parameters["model.layers"] = {.distribution = Distribution::int_uniform, .min = 1, .max = 3};
  const auto runs = plan_runs(options, 1);
  EXPECT_EQ(runs.size(), 6u);
  EXPECT_NE(
      shortfall(options, 6).find("sweep.run_cap is 16, but sweep.parameters have only 6 different points"),
      std::string::npos);
  options.run_cap = 6;
  EXPECT_EQ(plan_runs(options, 1).size(), 6u);
  EXPECT_EQ(shortfall(options, 6), "");
  // Further points are added behind those of a smaller cap.
  for (std::int64_t cap = 1; cap <= 6; ++cap) {
    options.run_cap = cap;
    const auto fewer = plan_runs(options, 1);
    ASSERT_EQ(fewer.size(), cap);
    for (std::size_t i = 0; i < fewer.size(); ++i) EXPECT_EQ(fewer[i].parameters, runs[i].parameters);
  }
}

TEST(Points, RepeatsOfAPointAreOnePoint) {
  SweepOptions options = options_of(Method::random, 9);
  options.parameters["model.cell"].values = {"lstm", "gru"};
  options.repeats = 3;
  const auto runs = plan_runs(options, 5);
  ASSERT_EQ(runs.size(), 6u);
  EXPECT_EQ(runs[2].parameters.back().second, "7");
  EXPECT_EQ(runs[5].point, 1);
  EXPECT_NE(shortfall(options, runs.size()).find("only 2 different points"), std::string::npos);
}

TEST(Points, AValueThatIsHardToDrawIsTriedInTheEnd) {
  SweepOptions options = options_of(Method::random, 5);
  options.parameters["model.cell"] = {.distribution = Distribution::categorical_w_probabilities,
                                      .values = {"lstm", "gru", "simple_rnn"},
                                      .probabilities = {1 - 1e-9, 1e-9, 0}};
  const auto runs = plan_runs(options, 1);
  ASSERT_EQ(runs.size(), 2u) << "what has no probability is no value";
  EXPECT_EQ(runs[1].parameters[0].second, "gru");
}

TEST(Points, PointsThatAConditionMakesEqualAreOnePoint) {
  SweepOptions options = options_of(Method::random, 20);
  options.parameters["train.optimizer.name"].values = {"sgd", "adam"};
  options.parameters["train.optimizer.momentum"].values = {"0", "0.5", "0.9"};
  options.conditions["train.optimizer.momentum"] = {{"train.optimizer.name", {"sgd"}}};
  EXPECT_EQ(plan_runs(options, 1).size(), 4u);
  EXPECT_EQ(count_points(options, 20), 4u);
  EXPECT_EQ(count_points(options, 3), 3u);
  options.method = Method::bayes;
  EXPECT_EQ(total_runs(options, 0), 4u);
  options.repeats = 2;
  EXPECT_EQ(total_runs(options, 0), 8u);
}

// Momentum is left out with adam, and so is what depends on momentum.
TEST(Points, AConditionOfAParameterThatIsLeftOutDoesNotHold) {
  SweepOptions options = options_of(Method::grid, 100);
  options.parameters["train.optimizer.name"].values = {"sgd", "adam"};
  options.parameters["train.optimizer.momentum"].values = {"0", "0.9"};
  options.parameters["train.optimizer.nesterov"].values = {"false", "true"};
  options.conditions["train.optimizer.momentum"]["train.optimizer.name"] = {"sgd"};
  options.conditions["train.optimizer.nesterov"]["train.optimizer.momentum"] = {"0.9"};
  EXPECT_EQ(plan_runs(options, 1).size(), 4u);
}

TEST(Points, QuantisedKindsHaveAsManyPointsAsMultiples) {
  const std::pair<Parameter, std::size_t> cases[] = {
      {{.distribution = Distribution::q_uniform, .min = 1, .max = 3, .q = 0.5}, 5},
      {{.distribution = Distribution::q_log_uniform_values, .min = 1, .max = 100, .q = 50}, 3},
      {{.distribution = Distribution::q_log_uniform, .min = 0, .max = std::log(100), .q = 50}, 3},
      {{.distribution = Distribution::q_beta, .q = 0.25}, 5},
      {{.distribution = Distribution::int_uniform, .min = -2, .max = 2}, 5}};
  for (const auto& [parameter, count] : cases) {
    SweepOptions options = options_of(Method::random, 60);
    options.parameters["x"] = parameter;
    EXPECT_EQ(plan_runs(options, 1).size(), count) << to_name(parameter.distribution);
    EXPECT_EQ(count_points(options, 60), count) << to_name(parameter.distribution);
  }
  // Its values have no end, but nine in ten draws are one of three.
  SweepOptions options = options_of(Method::random, 60);
  options.parameters["x"] = {.distribution = Distribution::q_normal, .q = 2};
  const std::size_t found = plan_runs(options, 1).size();
  EXPECT_GE(found, 3u);
  EXPECT_LT(found, 8u);
}

TEST(Points, APointThatIsPlannedIsNotProposedAgain) {
  SweepOptions options = options_of(Method::random, 3);
  options.parameters["model.layers"] = {.distribution = Distribution::int_uniform, .min = 1, .max = 40};
  std::set<Point> planned;
  for (int i = 1; i <= 39; ++i) planned.insert({{"model.layers", std::to_string(i)}});
  const auto found = new_points(options, planned, 0, 5);
  EXPECT_EQ(found, (std::vector<Point>{{{"model.layers", "40"}}}));
  planned.insert(found[0]);
  EXPECT_TRUE(new_points(options, planned, 0, 1).empty());
}

TEST(Points, ACappedGridTakesTheFirstPointsHoweverManyThereAre) {
  SweepOptions options = options_of(Method::grid, 10);
  options.parameters["a"] = {.distribution = Distribution::int_uniform, .min = 1, .max = 1e6};
  options.parameters["b"] = {.distribution = Distribution::int_uniform, .min = 0, .max = 999};
  options.parameters["c"] = {.distribution = Distribution::q_uniform, .min = 0, .max = 2, .q = 0.5};
  const auto runs = plan_runs(options, 1);
  ASSERT_EQ(runs.size(), 10u);
  EXPECT_EQ(runs[0].parameters, (Point{{"a", "1"}, {"b", "0"}, {"c", "0"}}));
  EXPECT_EQ(runs[9].parameters, (Point{{"a", "1"}, {"b", "2"}, {"c", "0.5"}}));
  options.run_cap.reset();
  EXPECT_THROW(plan_runs(options, 1), UserError);
  options.run_cap = 10;
  options.shuffle = true;
  EXPECT_THROW(plan_runs(options, 1), UserError) << "a shuffle needs all points";
}

TEST(Points, AGridMayHaveMoreCombinationsThanPoints) {
  SweepOptions options;
  options.parameters["a"].values = {"0", "1"};
  for (const char* key : {"b", "c"})
    options.parameters[key] = {.distribution = Distribution::int_uniform, .min = 1, .max = 300};
  options.conditions["b"] = {{"a", {"0"}}};
  options.conditions["c"] = {{"a", {"1"}}};
  EXPECT_EQ(plan_runs(options, 1).size(), 600u);
}

// 100,000 runs are permitted, so nothing may take the square of that.
TEST(Points, AHundredThousandValuesTakeLessThanSeconds) {
  constexpr std::size_t count = 100'000;
  SweepOptions options;
  for (std::size_t i = 0; i < count; ++i)
    options.parameters["train.seed"].values.push_back(std::to_string(i));
  options.parameters["model.cell"].values = {"lstm"};
  const auto& seeds = options.parameters["train.seed"].values;
  options.conditions["model.cell"] = {{"train.seed", {seeds.begin(), seeds.end()}}};
  // The time of this process: others may have the cores.
  const std::clock_t begun = std::clock();
  EXPECT_EQ(all_values(options.parameters["train.seed"], count).size(), count);
  EXPECT_LT(std::clock() - begun, CLOCKS_PER_SEC);
  EXPECT_EQ(plan_runs(options, 1).size(), count);
  options.method = Method::random;
  options.run_cap = count;
  EXPECT_EQ(plan_runs(options, 1).size(), count);
  EXPECT_LT(std::clock() - begun, 20 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace cellsweep::sweep
