// How a value is drawn from a distribution.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "sweep/parameter.h"
#include "sweep/plan.h"

namespace cellsweep::sweep {
namespace {

Parameter read_parameter(const nlohmann::json& from) {
  Parameter parameter{.distribution = *from_name<Distribution>(from.at("distribution").get<std::string>())};
  for (const auto& value : from.value("values", nlohmann::json::array()))
    parameter.values.push_back(std::to_string(value.get<int>()));
  parameter.probabilities = from.value("probabilities", std::vector<double>());
  parameter.min = from.value("min", parameter.min), parameter.max = from.value("max", parameter.max);
  parameter.mu = from.value("mu", parameter.mu), parameter.sigma = from.value("sigma", parameter.sigma);
  parameter.a = from.value("a", parameter.a), parameter.b = from.value("b", parameter.b);
  parameter.q = from.value("q", parameter.q);
  return parameter;
}

// Kolmogorov and Smirnov's test against quantiles x_i at levels p_i. For a distribution with steps, F(x-) <=
// p <= F(x).
TEST(Draw, IsDistributedAsInTheClientOfWandb) {
  std::ifstream file(CELLSWEEP_QUANTILES);
  const auto golden = nlohmann::json::parse(file);
  const auto levels = golden.at("levels").get<std::vector<double>>();
  ASSERT_EQ(golden.at("cases").size(), 17u);
  for (const auto& golden_case : golden.at("cases")) {
    const Parameter parameter = read_parameter(golden_case.at("parameter"));
    constexpr int count = 20000;
    const double critical = 1.95 / std::sqrt(count);  // exceeded once in a thousand trials
    std::vector<double> drawn;
    for (std::uint64_t i = 0; i < count; ++i)
      drawn.push_back(std::stod(draw(parameter, RandomSequence(i, RandomPurpose::sweep, 3))));
    std::ranges::sort(drawn);
    double distance = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      // Nine digits are written, so equal values differ by less.
      const double x = golden_case.at("quantiles")[i].get<double>(), slack = 1e-8 * std::abs(x) + 1e-12;
      const auto fraction = [&](auto end) { return static_cast<double>(end - drawn.begin()) / count; };
      const double below = fraction(std::ranges::lower_bound(drawn, x - slack));
      const double up_to = fraction(std::ranges::upper_bound(drawn, x + slack));
      distance = std::max({distance, below - levels[i], levels[i] - up_to});
    }
    EXPECT_LT(distance, critical) << golden_case.at("parameter");
  }
}

TEST(Draw, StaysWithinItsBounds) {
  for (const auto& name : enum_names<Distribution>) {
    const Distribution distribution = *from_name<Distribution>(name);
    if (words_of(distribution).required == std::vector<std::string>{"value"} ||
        name.starts_with("categorical"))
      continue;
    const Parameter parameter{.distribution = distribution, .min = 1, .max = 8, .a = 0.01, .b = 2, .q = 0.4};
    const auto [least, greatest] = bounds_of(parameter);
    for (std::uint64_t i = 0; i < 500; ++i) {
      const double value = std::stod(draw(parameter, RandomSequence(i, RandomPurpose::sweep, 0)));
      EXPECT_GE(value, least - 1e-9) << name;
      EXPECT_LE(value, greatest + 1e-9) << name;
    }
  }
}

}  // namespace
}  // namespace cellsweep::sweep
