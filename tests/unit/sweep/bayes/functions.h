// Functions on which searches are measured: Dixon and Szegö, Towards Global Optimisation 2 (1978).
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

#include "sweep/points.h"

namespace cellsweep::sweep {

struct TestFunction {
  const char* name;
  double (*value)(const std::vector<double>& x);
  double least;  // its minimum
  std::vector<std::pair<double, double>> ranges;
  std::size_t budget;  // the points that a search gets

  double at(const Point& point) const {
    std::vector<double> x;
    for (const auto& [key, text] : point) x.push_back(std::stod(text));
    return value(x);
  }
  SweepOptions options() const {
    SweepOptions options;
    options.metric.goal = Goal::minimize;
    for (std::size_t i = 0; i < ranges.size(); ++i)
      options.parameters["x" + std::to_string(i + 1)] = {
          .distribution = Distribution::uniform, .min = ranges[i].first, .max = ranges[i].second};
    return options;
  }
};

inline double branin_of(const std::vector<double>& x) {
  using std::numbers::pi;
  const double a = x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6;
  return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10;
}

inline double hartmann6_of(const std::vector<double>& x) {
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

inline TestFunction branin() {
  return {"Branin", branin_of, 0.397887, {{-5, 10}, {0, 15}}, 25};
}
inline TestFunction hartmann6() {
  return {"Hartmann-6", hartmann6_of, -3.32237, std::vector<std::pair<double, double>>(6, {0, 1}), 40};
}

}  // namespace cellsweep::sweep
