// Whether the search finds more than chance does. The functions and their minima are those of Dixon and
// Szegö, Towards Global Optimisation 2 (1978).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "sweep/bayes/bayes_search.h"
#include "sweep/bayes/gaussian_process.h"

namespace cellsweep::sweep {
namespace {

using Function = std::function<double(const std::vector<double>&)>;

double branin(const std::vector<double>& x) {
  using std::numbers::pi;
  const double a = x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6;
  return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10;
}

double hartmann6(const std::vector<double>& x) {
  constexpr double weights[] = {1.0, 1.2, 3.0, 3.2};
  constexpr double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                              {0.05, 10, 17, 0.1, 8, 14},
                              {3, 3.5, 1.7, 10, 17, 8},
                              {17, 8, 0.05, 10, 0.1, 14}};
  constexpr double p[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                              {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                              {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                              {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    double distance = 0;
    for (std::size_t j = 0; j < 6; ++j) distance += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]);
    sum -= weights[i] * std::exp(-distance);
  }
  return sum;
}

TEST(Functions, HaveTheirKnownMinima) {
  EXPECT_NEAR(branin({std::numbers::pi, 2.275}), 0.397887, 1e-6);
  EXPECT_NEAR(hartmann6({0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573}), -3.32237, 1e-5);
}

std::vector<double> numbers_of(const Point& point) {
  std::vector<double> numbers;
  for (const auto& [key, value] : point) numbers.push_back(std::stod(value));
  return numbers;
}

double least_found(SweepOptions options, const Function& function, std::size_t budget, bool searches) {
  options.metric.goal = Goal::minimize;
  std::vector<Observation> observations;
  double least = INFINITY;
  while (observations.size() < budget) {
    const bool draws = !searches || observations.size() < points_before_model(options);
    const Point point = draws ? draw_point(options, observations.size()) : propose(options, observations);
    const double value = function(numbers_of(point));
    least = std::min(least, value);
    observations.push_back({.point = point, .value = value});
  }
  return least;
}

// Medians over 20 seeds: {searching, drawing}.
std::pair<double, double> medians(SweepOptions options, const Function& function, std::size_t budget) {
  std::vector<double> searching, drawing;
  for (options.seed = 1; options.seed <= 20; ++options.seed) {
    searching.push_back(least_found(options, function, budget, true));
    drawing.push_back(least_found(options, function, budget, false));
  }
  std::ranges::sort(searching);
  std::ranges::sort(drawing);
  return {(searching[9] + searching[10]) / 2, (drawing[9] + drawing[10]) / 2};
}

TEST(Bayes, BeatsChanceOnBranin) {
  SweepOptions options;
  options.parameters["x1"] = {.distribution = Distribution::uniform, .min = -5, .max = 10};
  options.parameters["x2"] = {.distribution = Distribution::uniform, .min = 0, .max = 15};
  const auto [searching, drawing] = medians(options, branin, 25);
  std::printf("Branin, least of 25: %.4f, by chance %.4f\n", searching, drawing);
  EXPECT_LT(searching - 0.397887, 0.25 * (drawing - 0.397887));
}

TEST(Bayes, BeatsChanceOnHartmann6) {
  SweepOptions options;
  for (const char* key : {"x1", "x2", "x3", "x4", "x5", "x6"})
    options.parameters[key] = {.distribution = Distribution::uniform, .min = 0, .max = 1};
  const auto [searching, drawing] = medians(options, hartmann6, 40);
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
  const Point point = propose(options, observations);
  EXPECT_EQ(propose(options, observations), point);
  EXPECT_EQ(point, with_conditions(options, point));
  const int hidden = std::stoi(point[1].second);
  EXPECT_TRUE(hidden >= 8 && hidden <= 64);
}

// sin is known at six points: the process passes through them, and is sure of itself only near them.
TEST(GaussianProcess, InterpolatesWhatItIsShown) {
  std::vector<double> points, values;
  for (int i = 0; i < 6; ++i) {
    points.push_back(0.2 * i);
    values.push_back(10 + std::sin(6 * points.back()));
  }
  const GaussianProcess process(points, 1, values);
  const std::vector<double> at{0.2, 0.3, 0.7, 3.0};
  const auto found = process.predict(at);
  EXPECT_NEAR(found[0].mean, values[1], 1e-2);
  EXPECT_LT(found[0].deviation, 0.05);
  EXPECT_NEAR(found[1].mean, 10 + std::sin(1.8), 0.1);
  EXPECT_NEAR(found[2].mean, 10 + std::sin(4.2), 0.1);
  EXPECT_GT(found[3].deviation, 0.5);
}

}  // namespace
}  // namespace cellsweep::sweep
