// Whether the search finds more than chance does, and nothing twice.
#include "sweep/bayes/bayes_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "unit/sweep/bayes/functions.h"

namespace cellsweep::sweep {
namespace {

TEST(Functions, HaveTheirKnownMinima) {
  EXPECT_NEAR(branin_of({std::numbers::pi, 2.275}), 0.397887, 1e-6);
  EXPECT_NEAR(hartmann6_of({0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573}), -3.32237, 1e-5);
}

double least_found(const SweepOptions& options, const TestFunction& function, bool searches) {
  std::vector<Observation> observations;
  double least = INFINITY;
  while (observations.size() < function.budget) {
    const bool draws = !searches || observations.size() < points_before_model(options);
    const Point point = draws ? draw_point(options, observations.size()) : *propose(options, observations);
    const double value = function.at(point);
    least = std::min(least, value);
    observations.push_back({.point = point, .value = value});
  }
  return least;
}

// Medians over 20 seeds: {searching, drawing}.
std::pair<double, double> medians(const TestFunction& function) {
  SweepOptions options = function.options();
  std::vector<double> searching, drawing;
  for (options.seed = 1; options.seed <= 20; ++options.seed) {
    searching.push_back(least_found(options, function, true));
    drawing.push_back(least_found(options, function, false));
  }
  std::ranges::sort(searching);
  std::ranges::sort(drawing);
  return {(searching[9] + searching[10]) / 2, (drawing[9] + drawing[10]) / 2};
}

TEST(Bayes, BeatsChanceOnBranin) {
  const auto [searching, drawing] = medians(branin());
  std::printf("Branin, least of 25: %.4f, by chance %.4f\n", searching, drawing);
  EXPECT_LT(searching - 0.397887, 0.25 * (drawing - 0.397887));
}

TEST(Bayes, BeatsChanceOnHartmann6) {
  const auto [searching, drawing] = medians(hartmann6());
  std::printf("Hartmann-6, least of 40: %.4f, by chance %.4f\n", searching, drawing);
  EXPECT_LT(searching + 3.32237, 0.6 * (drawing + 3.32237));
}

TEST(Bayes, ProposalsDependOnTheObservationsAlone) {
  SweepOptions options;
  options.parameters["model.cell"].values = {"lstm", "gru"};
  options.parameters["model.hidden_size"] = {.distribution = Distribution::int_uniform, .min = 8, .max = 64};
  options.parameters["train.optimizer.momentum"].values = {"0", "0.9"};
  options.conditions["train.optimizer.momentum"] = {{"model.cell", {"gru"}}};
  std::vector<Observation> observations;
  EXPECT_EQ(propose(options, observations), draw_point(options, 0));
  for (std::size_t i = 0; i < 8; ++i)
    observations.push_back({.point = draw_point(options, i), .value = 0.5 + 0.01 * static_cast<double>(i)});
  observations[2].value.reset();
  observations[5].value = NAN;
  observations[6] = {.point = draw_point(options, 6), .value = {}, .is_pending = true};
  const Point point = *propose(options, observations);
  EXPECT_EQ(propose(options, observations), point);
  EXPECT_EQ(point, with_conditions(options, point));
  const int hidden = std::stoi(point[1].second);
  EXPECT_TRUE(hidden >= 8 && hidden <= 64);
}

// The loss falls up to the bound, if a search would else try nearly the same value again and again.
TEST(Bayes, KeepsAwayFromPointsThatArePlanned) {
  SweepOptions options;
  options.method = Method::bayes;
  options.metric.goal = Goal::minimize;
  const Parameter rate{.distribution = Distribution::log_uniform_values, .min = 1e-4, .max = 0.1};
  options.parameters["x"] = rate;
  std::vector<Observation> observations;
  for (std::size_t index = 0; index < points_before_model(options); ++index) {
    const Point point = draw_point(options, index);
    observations.push_back({.point = point, .value = -std::stod(point[0].second)});
  }
  while (observations.size() < 16) {
    const auto point = propose(options, observations);
    ASSERT_TRUE(point);
    const double value = std::stod((*point)[0].second);
    for (const Observation& each : observations)
      EXPECT_GE(std::abs(unit_of(rate, value) - unit_of(rate, std::stod(each.point[0].second))), 0.0099);
    observations.push_back({.point = *point, .value = -value});
  }
}

// The metric falls towards a bound, at one of few values, or if rounding leads to the same one: what a
// search likes best it must not like twice.
TEST(Bayes, NeverProposesAPointThatIsPlanned) {
  const auto options_with = [](const Parameter& parameter) {
    SweepOptions options;
    options.method = Method::bayes;
    options.metric.goal = Goal::minimize;
    options.parameters["x"] = parameter;
    return options;
  };
  SweepOptions conditional = options_with({.distribution = Distribution::int_uniform, .min = 1, .max = 4});
  conditional.parameters["y"].values = {"0", "0.5", "0.9"};
  conditional.conditions["y"] = {{"x", {"1", "2"}}};
  const std::pair<SweepOptions, std::size_t> cases[] = {
      {options_with({.distribution = Distribution::log_uniform_values, .min = 1e-4, .max = 0.1}), 60},
      {options_with({.distribution = Distribution::log_uniform, .min = -9, .max = -2}), 60},
      {options_with({.values = {"0.1", "0.5", "2"}}), 3},
      {options_with({.distribution = Distribution::int_uniform, .min = 1, .max = 6}), 6},
      {options_with({.distribution = Distribution::q_uniform, .min = 0, .max = 1, .q = 0.25}), 5},
      {options_with({.distribution = Distribution::q_log_uniform_values, .min = 1, .max = 64, .q = 16}), 5},
      {conditional, 8}};
  for (const auto& [options, points] : cases) {
    std::vector<Observation> observations;
    std::set<Point> tried;
    while (const auto point = propose(options, observations)) {
      EXPECT_TRUE(tried.insert(*point).second) << (*point)[0].second;
      observations.push_back({.point = *point, .value = -std::stod((*point)[0].second)});
      // A point whose run is under way is planned, too.
      observations.back().is_pending = observations.size() % 3 == 0;
      if (observations.size() == points + 1 || observations.size() == 60) break;
    }
    EXPECT_EQ(tried.size(), points) << options.parameters.begin()->second.min;
  }
}

// In a search of four groups, only the order in which points were planned may count.
TEST(Bayes, WhatEndedEarlyChangesNothing) {
  SweepOptions options;
  options.method = Method::bayes;
  options.run_cap = 30;
  options.parameters["x"] = {.distribution = Distribution::uniform, .min = -5, .max = 10};
  const auto propose_more = make_bayes_search(options, 1);
  std::vector<LedgerRun> runs;
  for (std::size_t i = 0; i < 12; ++i) {
    LedgerRun run;
    run.planned = runs_of_point(options, 1, draw_point(options, i), static_cast<std::int64_t>(i), 30)[0];
    run.state = RunState::finished;
    run.values[1] = std::sin(static_cast<double>(i));
    runs.push_back(std::move(run));
  }
  const auto whole = propose_more(runs, 9);
  for (std::size_t i = 9; i < 12; ++i) {
    runs[i].state = RunState::running;
    runs[i].values.clear();
  }
  EXPECT_EQ(propose_more(runs, 9)[0].run_id, whole[0].run_id);
  runs[8].values[1] = 5;
  EXPECT_NE(propose_more(runs, 9)[0].run_id, whole[0].run_id);
}

// A run that failed after good values counts as the worst of all, or as its own best or latest one.
TEST(BayesTest, RunsThatFailedCountAsImputeSays) {
  SweepOptions options;
  options.method = Method::bayes;
  options.run_cap = 20;
  options.metric = {.name = "val_loss", .goal = Goal::minimize};
  options.parameters = {{"x", {.distribution = Distribution::uniform}}};
  const auto next = [&](Impute impute, std::map<std::int64_t, double> of_failed, RunState state) {
    options.metric.impute = impute;
    std::vector<LedgerRun> runs;
    for (std::int64_t i = 0; i < 6; ++i) {
      const bool has_failed = i == 3;
      LedgerRun run;
      run.planned = {std::to_string(i), {{"x", std::to_string(0.15 * static_cast<double>(i))}}, i};
      run.state = has_failed ? state : RunState::finished;
      run.values =
          has_failed ? of_failed : std::map<std::int64_t, double>{{1, 1.0 + 0.1 * static_cast<double>(i)}};
      runs.push_back(run);
    }
    return make_bayes_search(options, 1)(runs, runs.size()).front().parameters;
  };
  const std::map<std::int64_t, double> good_then_bad{{1, 0.1}, {2, 1.5}};
  for (const RunState state : {RunState::failed, RunState::diverged}) {
    EXPECT_EQ(next(Impute::worst, good_then_bad, state), next(Impute::worst, {}, state));
    EXPECT_EQ(next(Impute::latest, good_then_bad, state),
              next(Impute::worst, {}, state));  // 1.5 is the worst
    EXPECT_EQ(next(Impute::best, good_then_bad, state), next(Impute::latest, {{1, 0.1}}, state));
    EXPECT_NE(next(Impute::best, good_then_bad, state), next(Impute::worst, good_then_bad, state));
  }
  EXPECT_EQ(next(Impute::worst, good_then_bad, RunState::pruned),
            next(Impute::best, good_then_bad, RunState::pruned));
}

}  // namespace
}  // namespace cellsweep::sweep
