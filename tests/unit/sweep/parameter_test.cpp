// Distributions at their ends: a clear refusal, or draws that are finite, within their bounds and readable.
#include "sweep/parameter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace cellsweep::sweep {
namespace {

using enum Distribution;

Parameter range(Distribution distribution, double min, double max, double q = 1) {
  return {.distribution = distribution, .min = min, .max = max, .q = q};
}
Parameter normal_of(Distribution distribution, double mu, double sigma, double q = 1) {
  return {.distribution = distribution, .mu = mu, .sigma = sigma, .q = q};
}
Parameter beta_of(double a, double b, Distribution distribution = beta, double q = 1) {
  return {.distribution = distribution, .a = a, .b = b, .q = q};
}

TEST(Distribution, RefusesWhatNoNumberCanHold) {
  const std::pair<Parameter, const char*> cases[] = {
      {range(uniform, -1e308, 1e308), "min and max must be from -1e+300 to 1e+300"},
      {range(uniform, 2, 1), "min must be less than max"},
      {range(uniform, 0, NAN), "min must be less than max"},
      {range(int_uniform, 0, 1e300), "whole numbers from -9007199254740991 to 9007199254740991"},
      {range(int_uniform, 0.5, 3), "whole numbers"},
      {range(log_uniform_values, 0, 1), "a min above 0"},
      {range(log_uniform_values, 1e-310, 1), "of at least 1e-300"},
      {range(log_uniform, -9, 1000), "exponents of e, from -690 to 690; log_uniform_values takes values"},
      {range(inv_log_uniform, -1000, 1), "inv_log_uniform takes min and max as exponents"},
      {range(q_log_uniform, 0, 1e300), "q_log_uniform_values takes values"},
      {range(q_uniform, 0, 1, 0), "q must be above 0"},
      {range(q_uniform, 0, 1, 1e-310), "q must be from 1e-300 to 1e+300"},
      {normal_of(normal, 0, 1e300), "|mu| + 8.6 sigma must be at most 1e+300"},
      {normal_of(normal, 0, 0), "sigma must be above 0"},
      {normal_of(log_normal, 0, 1e300), "which are of the logarithm, give numbers beyond 1e+300"},
      {normal_of(q_log_normal, 700, 1), "|mu| + 8.6 sigma must be at most 690"},
      {beta_of(0, 1), "a and b must be above 0"},
      {beta_of(1e-7, 1), "a and b must be from 1e-06 to 1e+09"},
      {beta_of(1, 1e308, q_beta), "a and b must be from 1e-06 to 1e+09"}};
  for (const auto& [parameter, message] : cases)
    EXPECT_NE(misfit_of(parameter).find(message), std::string::npos)
        << to_name(parameter.distribution) << ": " << misfit_of(parameter) << ", not " << message;
}

TEST(Distribution, DrawsAtItsEndsAreWithinItsBounds) {
  const Parameter cases[] = {range(uniform, -1e300, 1e300),
                             range(uniform, 1, 1 + 1e-12),
                             range(int_uniform, -9007199254740991, 9007199254740991),
                             range(int_uniform, 2'000'000'000, 2'000'000'003),
                             range(q_uniform, 0, 1e300, 1e-300),
                             range(q_uniform, 0, 1, 1e300),
                             range(q_uniform, -1e300, 1e300, 1e300),
                             range(log_uniform_values, 1e-300, 1e300),
                             range(inv_log_uniform_values, 1e-300, 1e300),
                             range(q_log_uniform_values, 1, 1e300, 1e-300),
                             range(log_uniform, -690, 690),
                             range(inv_log_uniform, -690, 690),
                             range(q_log_uniform, -690, 690, 1e10),
                             normal_of(normal, 0, 1e298),
                             normal_of(q_normal, 0, 1e-298, 1e-300),
                             normal_of(log_normal, 0, 80),
                             normal_of(q_log_normal, 0, 80, 1e300),
                             beta_of(1e-6, 1e-6),
                             beta_of(1e9, 1e9),
                             beta_of(1e-6, 1e9),
                             beta_of(1e9, 1e-6),
                             beta_of(1e-6, 1e-6, q_beta, 1e-3),
                             beta_of(0.5, 0.5, q_beta, 3)};
  for (const Parameter& parameter : cases) {
    EXPECT_EQ(misfit_of(parameter), "");
    const auto [least, greatest] = bounds_of(parameter);
    ASSERT_TRUE(std::isfinite(least) && std::isfinite(greatest) && least <= greatest);
    const auto check = [&](const std::string& text) {
      const double value = std::stod(text);
      EXPECT_GE(value, least - 1e-8 * std::abs(least)) << to_name(parameter.distribution) << text;
      EXPECT_LE(value, greatest + 1e-8 * std::abs(greatest)) << to_name(parameter.distribution) << text;
      EXPECT_EQ(text.find_first_not_of("+-.0123456789e"), std::string::npos) << text;
      EXPECT_NE(text, "-0");
    };
    for (std::uint64_t i = 0; i < 300; ++i) {
      const std::string text = draw(parameter, RandomSequence(i, RandomPurpose::sweep, 0));
      check(text);
      check(value_of_unit(parameter, unit_of(parameter, std::stod(text)) + (i % 2 == 0 ? 3 : -3)));
    }
  }
}

// Both halves of a beta of tiny shapes come up, and one of huge shapes lies in the middle.
TEST(Distribution, ABetaAtItsEndsKeepsItsShape) {
  int high = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const RandomSequence random(i, RandomPurpose::sweep, 0);
    const double value = std::stod(draw(beta_of(1e-6, 1e-6), random));
    EXPECT_TRUE(value < 1e-6 || value > 1 - 1e-6);
    EXPECT_LT(value, 1) << "a fraction such as model.dropout must be below 1";
    high += value > 0.5 ? 1 : 0;
    EXPECT_NEAR(std::stod(draw(beta_of(1e9, 1e9), random)), 0.5, 1e-4);
  }
  EXPECT_NEAR(high, 200, 50);
}

TEST(Distribution, WholeNumbersAreExact) {
  for (const Parameter& parameter : {range(int_uniform, 1e9, 1e12), range(q_uniform, 1e9, 1e12, 8),
                                     range(q_log_uniform_values, 1e9, 1e12, 8)})
    for (std::uint64_t i = 0; i < 100; ++i) {
      const std::string text = draw(parameter, RandomSequence(i, RandomPurpose::sweep, 0));
      EXPECT_EQ(text.find_first_not_of("0123456789"), std::string::npos) << text;
      if (parameter.distribution != int_uniform) {
        EXPECT_EQ(std::stoll(text) % 8, 0) << text;
      }
    }
}

TEST(Distribution, MinAndMaxOfTheLogKindsAreExponentsOrValues) {
  const auto [least, greatest] = bounds_of(range(log_uniform, -9, -2));
  EXPECT_DOUBLE_EQ(least, std::exp(-9));
  EXPECT_DOUBLE_EQ(greatest, std::exp(-2));
  // The bounds are those of 1 / X.
  EXPECT_DOUBLE_EQ(bounds_of(range(inv_log_uniform, -9, -2)).greatest, std::exp(9));
  EXPECT_DOUBLE_EQ(bounds_of(range(inv_log_uniform, -9, -2)).least, std::exp(2));
  for (const Distribution distribution : {log_uniform, inv_log_uniform, q_log_uniform}) {
    const Parameter parameter = range(distribution, 1, 4, 0.5);
    EXPECT_NEAR(unit_of(parameter, bounds_of(parameter).least), 0, 0.15);
    EXPECT_NEAR(std::stod(value_of_unit(parameter, 1)), bounds_of(parameter).greatest, 1e-6);
  }
}

}  // namespace
}  // namespace cellsweep::sweep
