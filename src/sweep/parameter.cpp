#include "sweep/parameter.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

constexpr double largest = 1e300, largest_exponent = 690;  // e^690 is about 1e300
constexpr double largest_whole = 9007199254740991;         // 2^53 - 1: further ones are not all exact
constexpr double least_shape = 1e-6, largest_shape = 1e9;
// RandomSequence::normal() comes to sqrt(2 ln 2^53) = 8.57 at most.
constexpr double most_deviations = 8.6;

bool takes_exponents(Distribution distribution) {
  return distribution == Distribution::log_uniform || distribution == Distribution::inv_log_uniform ||
         distribution == Distribution::q_log_uniform;
}

bool is_whole(double value) {
  return std::floor(value) == value;
}

// YAML 1.1 takes 1e-07 for a string, so the mantissa gets a point.
std::string number_text(double value) {
  std::string text = fmt::format("{:.9g}", value);
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

std::string misfit_of_range(const Parameter& parameter) {
  const std::string name(to_name(parameter.distribution));
  if (!(parameter.min < parameter.max)) return "min must be less than max";
  if (takes_exponents(parameter.distribution)) {
    if (std::max(std::abs(parameter.min), std::abs(parameter.max)) <= largest_exponent) return "";
    return fmt::format(
        "{0} takes min and max as exponents of e, from -{1:g} to {1:g}; {0}_values takes values", name,
        largest_exponent);
  }
  if (std::max(std::abs(parameter.min), std::abs(parameter.max)) > largest)
    return fmt::format("min and max must be from {:g} to {:g}", -largest, largest);
  if (name.find("log_uniform") != std::string::npos && !(parameter.min >= 1 / largest))
    return fmt::format("distribution {} needs a min above 0, of at least {:g}", name, 1 / largest);
  if (parameter.distribution != Distribution::int_uniform) return "";
  if (!is_whole(parameter.min) || !is_whole(parameter.max)) return "int_uniform needs whole numbers";
  if (std::max(std::abs(parameter.min), std::abs(parameter.max)) > largest_whole)
    return fmt::format("int_uniform needs whole numbers from {0:.0f} to {1:.0f}", -largest_whole,
                       largest_whole);
  return "";
}

std::string misfit_of_normal(const Parameter& parameter, bool is_log) {
  if (!(parameter.sigma > 0)) return "sigma must be above 0";
  const double limit = is_log ? largest_exponent : largest;
  if (std::abs(parameter.mu) + most_deviations * parameter.sigma <= limit) return "";
  return fmt::format(
      "mu {:g} and sigma {:g}{} give numbers beyond {:g}; |mu| + {:g} sigma must be at most {:g}",
      parameter.mu, parameter.sigma, is_log ? ", which are of the logarithm," : "", largest, most_deviations,
      limit);
}

}  // namespace

const DistributionWords& words_of(Distribution distribution) {
  static const DistributionWords constant{{"value"}, {}}, categorical{{"values"}, {}},
      weighted{{"values", "probabilities"}, {}}, range{{"min", "max"}, {}}, q_range{{"min", "max"}, {"q"}},
      normal{{}, {"mu", "sigma"}}, q_normal{{}, {"mu", "sigma", "q"}}, beta{{}, {"a", "b"}},
      q_beta{{}, {"a", "b", "q"}};
  switch (distribution) {
    case Distribution::constant:
      return constant;
    case Distribution::categorical:
      return categorical;
    case Distribution::categorical_w_probabilities:
      return weighted;
    case Distribution::q_uniform:
    case Distribution::q_log_uniform:
    case Distribution::q_log_uniform_values:
      return q_range;
    case Distribution::normal:
    case Distribution::log_normal:
      return normal;
    case Distribution::q_normal:
    case Distribution::q_log_normal:
      return q_normal;
    case Distribution::beta:
      return beta;
    case Distribution::q_beta:
      return q_beta;
    default:
      return range;
  }
}

bool is_list(Distribution distribution) {
  return distribution == Distribution::constant || distribution == Distribution::categorical ||
         distribution == Distribution::categorical_w_probabilities;
}

bool is_quantised(Distribution distribution) {
  return to_name(distribution).starts_with("q_");
}

bool gives_whole(const Parameter& parameter) {
  return parameter.distribution == Distribution::int_uniform ||
         (is_quantised(parameter.distribution) && is_whole(parameter.q));
}

std::string misfit_of(const Parameter& parameter) {
  if (is_list(parameter.distribution)) return "";
  if (!(parameter.q > 0)) return "q must be above 0";
  if (!(parameter.q >= 1 / largest && parameter.q <= largest))
    return fmt::format("q must be from {:g} to {:g}", 1 / largest, largest);
  switch (parameter.distribution) {
    case Distribution::normal:
    case Distribution::q_normal:
      return misfit_of_normal(parameter, false);
    case Distribution::log_normal:
    case Distribution::q_log_normal:
      return misfit_of_normal(parameter, true);
    case Distribution::beta:
    case Distribution::q_beta:
      if (!(parameter.a > 0 && parameter.b > 0)) return "a and b must be above 0";
      if (std::min(parameter.a, parameter.b) >= least_shape &&
          std::max(parameter.a, parameter.b) <= largest_shape)
        return "";
      return fmt::format("a and b must be from {:g} to {:g}", least_shape, largest_shape);
    default:
      return misfit_of_range(parameter);
  }
}

Bounds bounds_of(const Parameter& parameter) {
  constexpr double near_0 = 1e-30, near_1 = 1 - 1e-9;  // as far as nine digits and a float distinguish
  const auto between = [&](double least, double greatest) -> Bounds {
    return {rounded(parameter, least), rounded(parameter, greatest)};
  };
  const double reach = most_deviations * parameter.sigma;
  switch (parameter.distribution) {
    case Distribution::normal:
    case Distribution::q_normal:
      return between(parameter.mu - reach, parameter.mu + reach);
    case Distribution::log_normal:
    case Distribution::q_log_normal:
      return between(std::exp(parameter.mu - reach), std::exp(parameter.mu + reach));
    case Distribution::beta:
    case Distribution::q_beta:
      return between(near_0, near_1);
    case Distribution::log_uniform:
    case Distribution::q_log_uniform:
      return between(std::exp(parameter.min), std::exp(parameter.max));
    case Distribution::inv_log_uniform:
      return between(std::exp(-parameter.max), std::exp(-parameter.min));
    default:
      return between(parameter.min, parameter.max);
  }
}

double rounded(const Parameter& parameter, double value) {
  if (!is_quantised(parameter.distribution)) return value;
  const double steps = value / parameter.q;
  return std::abs(steps) < largest_whole ? std::round(steps) * parameter.q : value;
}

std::string value_text(const Parameter& parameter, double value) {
  if (value == 0) return "0";  // not -0
  const bool is_exact = gives_whole(parameter) && is_whole(value) && std::abs(value) <= largest_whole;
  return is_exact ? fmt::format("{:.0f}", value) : number_text(value);
}

Values all_values(const Parameter& parameter, std::size_t most, bool is_cut) {
  Values values;
  std::unordered_set<std::string> known;
  const auto add = [&](std::string text) {
    if (values.size() < most && known.insert(text).second) values.push_back(std::move(text));
  };
  const auto check = [&](double count) {
    if (count > static_cast<double>(most) && !is_cut)
      throw UserError(fmt::format(
          "has more than {} values; give fewer, set sweep.run_cap, or set sweep.method to random or bayes",
          most));
  };
  if (is_list(parameter.distribution)) {
    check(static_cast<double>(parameter.values.size()));
    for (const std::string& text : parameter.values) add(text);
    return values;
  }
  const bool is_integer = parameter.distribution == Distribution::int_uniform;
  if (!is_integer && parameter.distribution != Distribution::q_uniform)
    throw UserError(
        fmt::format("distribution {} has no list of values, which a grid needs; give values, or set "
                    "sweep.method to random or bayes",
                    to_name(parameter.distribution)));
  // As W&B counts: int_uniform includes max, q_uniform does not.
  const double q = is_integer ? 1 : parameter.q;
  const double steps = std::ceil((parameter.max - parameter.min) / q + (is_integer ? 1 : -1e-9));
  check(steps);
  const double count = std::min(steps, static_cast<double>(most));
  for (double i = 0; i < count; ++i) add(value_text(parameter, parameter.min + i * q));
  return values;
}

std::optional<Values> drawn_values(const Parameter& parameter, std::size_t most) {
  Values values;
  if (is_list(parameter.distribution)) {
    for (std::size_t i = 0; i < parameter.values.size(); ++i)
      if (parameter.probabilities.empty() || parameter.probabilities[i] > 0)
        values.push_back(parameter.values[i]);
    return values.size() > most ? std::nullopt : std::optional(values);
  }
  const bool is_integer = parameter.distribution == Distribution::int_uniform;
  const bool is_unbounded = parameter.distribution == Distribution::q_normal ||
                            parameter.distribution == Distribution::q_log_normal;
  if (!is_integer && (!is_quantised(parameter.distribution) || is_unbounded)) return std::nullopt;
  const auto [least, greatest] = bounds_of(parameter);
  const double q = is_integer ? 1 : parameter.q;
  if (!((greatest - least) / q < static_cast<double>(most))) return std::nullopt;
  // Multiples of q, as rounded() computes them.
  const double first = std::round(least / q), count = std::round(greatest / q) - first + 1;
  for (double i = 0; i < count; ++i) {
    std::string text = value_text(parameter, (first + i) * q);
    if (values.empty() || values.back() != text) values.push_back(std::move(text));
  }
  return values;
}

}  // namespace cellsweep::sweep
