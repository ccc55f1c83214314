// Which runs a sweep has.
#include "sweep/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "unit/user_error.h"

namespace cellsweep::sweep {
namespace {

SweepOptions random_search(std::int64_t cap) {
  SweepOptions options;
  options.method = Method::random;
  options.run_cap = cap;
  options.parameters["train.optimizer.learning_rate"] = {
      .distribution = Distribution::log_uniform_values, .min = 1e-4, .max = 1};
  options.parameters["model.hidden_size"] = {.distribution = Distribution::int_uniform, .min = 8, .max = 64};
  return options;
}

TEST(Plan, ARandomSearchDependsOnItsSeedAlone) {
  SweepOptions options = random_search(40);
  const auto first = plan_runs(options, 1);
  const auto again = plan_runs(options, 9);
  options.run_cap = 20;
  const auto fewer = plan_runs(options, 1);
  ASSERT_EQ(first.size(), 40u);
  std::set<std::string> rates;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].parameters, again[i].parameters);
    if (i < fewer.size()) {
      EXPECT_EQ(first[i].parameters, fewer[i].parameters);
    }
    rates.insert(first[i].parameters[1].second);
  }
  EXPECT_EQ(rates.size(), 40u);
  options.seed = 2;
  EXPECT_NE(plan_runs(options, 1)[0].parameters, first[0].parameters);
}

// Drawn once on x86-64 with glibc 2.36: another machine must not come to other values.
TEST(Plan, ARandomSearchIsTheSameOnAnyMachine) {
  const auto runs = plan_runs(random_search(2), 1);
  EXPECT_EQ(runs[0].run_id, "001-19-0.000835861685");
  EXPECT_EQ(runs[1].run_id, "002-59-0.000751445718");
}

TEST(Plan, ParametersUnderAConditionAreLeftOutIfItDoesNotHold) {
  SweepOptions options;
  options.parameters["train.optimizer.name"].values = {"sgd", "adam"};
  options.parameters["train.optimizer.momentum"].values = {"0", "0.9"};
  options.conditions["train.optimizer.momentum"] = {{"train.optimizer.name", {"sgd"}}};
  std::vector<std::string> ids;
  for (const auto& run : plan_runs(options, 1)) ids.push_back(run.run_id);
  EXPECT_EQ(ids, (std::vector<std::string>{"001-0-sgd", "002-adam", "003-0.9-sgd"}));
}

TEST(Plan, RepeatsArePointsWithSeveralTrainingSeeds) {
  SweepOptions options;
  options.parameters["model.cell"].values = {"lstm", "gru"};
  options.repeats = 2;
  const auto runs = plan_runs(options, 7);
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[1].run_id, "002-lstm-8");
  EXPECT_EQ(runs[1].point, 0);
  EXPECT_EQ(runs[2].point, 1);
  EXPECT_EQ(runs[2].parameters.back(), (std::pair<std::string, std::string>{"train.seed", "7"}));
}

TEST(Plan, ShufflingKeepsEveryPoint) {
  SweepOptions options;
  options.parameters["train.epochs"] = {.distribution = Distribution::int_uniform, .min = 1, .max = 30};
  const auto sorted = plan_runs(options, 1);
  options.shuffle = true;
  const auto shuffled = plan_runs(options, 1);
  ASSERT_EQ(shuffled.size(), 30u);
  std::set<std::string> of_sorted, of_shuffled;
  bool is_moved = false;
  for (std::size_t i = 0; i < 30; ++i) {
    of_sorted.insert(sorted[i].parameters[0].second);
    of_shuffled.insert(shuffled[i].parameters[0].second);
    is_moved |= sorted[i].parameters != shuffled[i].parameters;
  }
  EXPECT_EQ(of_sorted, of_shuffled);
  EXPECT_TRUE(is_moved);
  options.run_cap = 5;
  EXPECT_EQ(plan_runs(options, 1).size(), 5u);
}

TEST(Plan, AGridCountsUniformKindsAsWandbDoes) {
  const Parameter whole{.distribution = Distribution::int_uniform, .min = 2, .max = 4};
  EXPECT_EQ(all_values(whole, 10), (Values{"2", "3", "4"}));
  const Parameter steps{.distribution = Distribution::q_uniform, .min = 0, .max = 1, .q = 0.25};
  EXPECT_EQ(all_values(steps, 10), (Values{"0", "0.25", "0.5", "0.75"}));
  EXPECT_THROW(all_values(whole, 2), UserError);
  EXPECT_THROW(all_values({.distribution = Distribution::normal}, 10), UserError);
}

std::vector<std::string> ids(const SweepOptions& options) {
  std::vector<std::string> result;
  for (const auto& run : plan_runs(options, 1)) result.push_back(run.run_id);
  return result;
}

TEST(Plan, OneRunWithoutParameters) {
  const auto runs = plan_runs({}, 1);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].run_id, "run");
  EXPECT_TRUE(runs[0].parameters.empty());
}

TEST(Plan, KeysAreSortedAndTheLastVariesFastest) {
  SweepOptions options;
  options.parameters = {{"train.seed", {.values = {"7", "8"}}}, {"model.cell", {.values = {"lstm", "gru"}}}};
  EXPECT_EQ(ids(options), (std::vector<std::string>{"001-lstm-7", "002-lstm-8", "003-gru-7", "004-gru-8"}));
  const std::vector<std::pair<std::string, std::string>> third = {{"model.cell", "gru"}, {"train.seed", "7"}};
  EXPECT_EQ(plan_runs(options, 1)[2].parameters, third);
}

TEST(Plan, DuplicatesAreRemovedTheFirstStays) {
  SweepOptions options;
  options.parameters = {{"train.seed", {.values = {"2", "1", "2"}}}};
  EXPECT_EQ(ids(options), (std::vector<std::string>{"001-2", "002-1"}));
}

TEST(Plan, RunIdsAreSafeAndShort) {
  SweepOptions options;
  options.parameters = {{"data.directory", {.values = {"a b/ü", std::string(200, 'x')}}}};
  EXPECT_EQ(ids(options), (std::vector<std::string>{"001-a_b___", "002-" + std::string(60, 'x')}));
}

TEST(Plan, NumbersAreAsWideAsTheCount) {
  SweepOptions options;
  for (int i = 0; i < 1000; ++i) options.parameters["train.seed"].values.push_back(std::to_string(i));
  EXPECT_EQ(ids(options).front(), "0001-0");
  EXPECT_EQ(ids(options).back(), "1000-999");
}

TEST(Plan, RefusesTooManyRuns) {
  SweepOptions options;
  for (int i = 0; i < 317; ++i) options.parameters["a"].values.push_back(std::to_string(i));
  options.parameters["b"] = options.parameters["a"];
  EXPECT_NE(user_error([&] { plan_runs(options, 1); }).find("more than the 100000 runs"), std::string::npos);
  options.parameters["b"].values.resize(315);
  EXPECT_EQ(plan_runs(options, 1).size(), 317u * 315u);
}

TEST(Plan, RefusesAnEmptyListOfValues) {
  SweepOptions options;
  options.parameters = {{"train.seed", {.values = {}}}};
  EXPECT_NE(user_error([&] { plan_runs(options, 1); }).find("sweep.parameters.train.seed"),
            std::string::npos);
}

}  // namespace
}  // namespace cellsweep::sweep
