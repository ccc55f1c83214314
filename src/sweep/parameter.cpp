#include "sweep/parameter.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

double rounded_to(double value, double q) {
  return std::round(value / q) * q;
}

bool is_quantised(Distribution distribution) {
  return to_name(distribution).starts_with("q_");
}

// Gamma variate of shape `a` and scale 1 (Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 2000), with the
// numbers from `index` on, which is moved. For a < 1, G(a) = G(a + 1) U^(1/a).
double draw_gamma(double a, const RandomSequence& random, std::uint64_t& index) {
  if (a < 1) {
    const double power = std::pow(1 - random.uniform(index++), 1 / a);
    return draw_gamma(a + 1, random, index) * power;
  }
  const double d = a - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(index++);
    const double v = std::pow(1 + c * x, 3);
    const double u = 1 - random.uniform(index++);
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double draw_beta(double a, double b, const RandomSequence& random) {
  std::uint64_t index = 0;
  const double x = draw_gamma(a, random, index);
  const double y = draw_gamma(b, random, index);
  return x / (x + y);
}

// The value before it is rounded to multiples of q.
double draw_number(const Parameter& of, const RandomSequence& random) {
  const double u = random.uniform(0);
  switch (of.distribution) {
    case Distribution::int_uniform:
      return of.min + static_cast<double>(random.below(0, static_cast<std::uint64_t>(of.max - of.min) + 1));
    case Distribution::uniform:
    case Distribution::q_uniform:
      return of.min + u * (of.max - of.min);
    case Distribution::log_uniform_values:
    case Distribution::q_log_uniform_values:
      return std::exp(std::log(of.min) + u * (std::log(of.max) - std::log(of.min)));
    // 1 / X is log-uniform between 1 / max and 1 / min.
    case Distribution::inv_log_uniform_values:
      return 1 / std::exp(-std::log(of.max) + u * (std::log(of.max) - std::log(of.min)));
    case Distribution::normal:
    case Distribution::q_normal:
      return of.mu + of.sigma * random.normal(0);
    case Distribution::log_normal:
    case Distribution::q_log_normal:
      return std::exp(of.mu + of.sigma * random.normal(0));
    default:
      return draw_beta(of.a, of.b, random);
  }
}

// Where a value, or its logarithm, lies: most of it between `from` and `from + length`.
struct Scale {
  double from, length;
  bool is_log = false;
};

Scale scale_of(const Parameter& of) {
  switch (of.distribution) {
    case Distribution::int_uniform:
    case Distribution::uniform:
    case Distribution::q_uniform:
      return {of.min, of.max - of.min};
    case Distribution::log_uniform_values:
    case Distribution::inv_log_uniform_values:
    case Distribution::q_log_uniform_values:
      return {std::log(of.min), std::log(of.max) - std::log(of.min), true};
    case Distribution::normal:
    case Distribution::q_normal:
      return {of.mu - 2 * of.sigma, 4 * of.sigma};
    case Distribution::log_normal:
    case Distribution::q_log_normal:
      return {of.mu - 2 * of.sigma, 4 * of.sigma, true};
    default:
      return {0, 1};
  }
}

bool is_list(Distribution distribution) {
  return distribution == Distribution::constant || distribution == Distribution::categorical ||
         distribution == Distribution::categorical_w_probabilities;
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

// YAML 1.1 takes 1e-07 for a string, so the mantissa gets a point.
std::string number_text(double value) {
  std::string text = fmt::format("{:.9g}", value);
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

std::string draw(const Parameter& parameter, const RandomSequence& random) {
  if (is_list(parameter.distribution)) {
    if (parameter.probabilities.empty()) return parameter.values[random.below(0, parameter.values.size())];
    double left = random.uniform(0);
    std::size_t chosen = 0;
    while (chosen + 1 < parameter.values.size() && left >= parameter.probabilities[chosen])
      left -= parameter.probabilities[chosen++];
    return parameter.values[chosen];
  }
  const double value = draw_number(parameter, random);
  return number_text(is_quantised(parameter.distribution) ? rounded_to(value, parameter.q) : value);
}

Values all_values(const Parameter& parameter, std::size_t most) {
  Values values;
  const auto add = [&](const std::string& text) {
    if (std::ranges::find(values, text) == values.end()) values.push_back(text);
  };
  if (is_list(parameter.distribution)) {
    for (const std::string& text : parameter.values) add(text);
    return values;
  }
  const bool is_whole = parameter.distribution == Distribution::int_uniform;
  if (!is_whole && parameter.distribution != Distribution::q_uniform)
    throw UserError(
        fmt::format("distribution {} has no list of values, which a grid needs; give values, or set "
                    "sweep.method to random or bayes",
                    to_name(parameter.distribution)));
  // As W&B counts: int_uniform includes max, q_uniform does not.
  const double steps =
      is_whole ? parameter.max - parameter.min + 1 : (parameter.max - parameter.min) / parameter.q;
  if (steps > static_cast<double>(most))
    throw UserError(
        fmt::format("has more than {} values; give fewer, or set sweep.method to random or bayes", most));
  const double q = is_whole ? 1 : parameter.q;
  for (double i = 0; i < std::ceil(steps - 1e-9); ++i) values.push_back(number_text(parameter.min + i * q));
  return values;
}

double unit_of(const Parameter& of, double value) {
  constexpr double least =
      1e-12;  // whose logarithm stands for that of 0, which rounding to multiples of q gives
  const Scale scale = scale_of(of);
  return ((scale.is_log ? std::log(std::max(value, least)) : value) - scale.from) / scale.length;
}

std::string value_of_unit(const Parameter& of, double unit) {
  const Scale scale = scale_of(of);
  const bool is_bounded =
      of.distribution != Distribution::normal && of.distribution != Distribution::q_normal &&
      of.distribution != Distribution::log_normal && of.distribution != Distribution::q_log_normal;
  double value = scale.from + (is_bounded ? std::clamp(unit, 0.0, 1.0) : unit) * scale.length;
  if (scale.is_log) value = std::exp(value);
  if (of.distribution == Distribution::int_uniform) value = std::round(value);
  return number_text(is_quantised(of.distribution) ? rounded_to(value, of.q) : value);
}

Bounds bounds_of(const Parameter& of) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double tiny = 1e-9;  // of what comes near a bound but not to it
  const auto rounded = [&](double least, double greatest) -> Bounds {
    if (!is_quantised(of.distribution)) return {least, greatest};
    return {rounded_to(least, of.q), rounded_to(greatest, of.q)};
  };
  switch (of.distribution) {
    case Distribution::normal:
    case Distribution::q_normal:
      return {-infinity, infinity};
    case Distribution::log_normal:
      return {tiny, infinity};
    case Distribution::q_log_normal:
      return {0, infinity};
    case Distribution::beta:
    case Distribution::q_beta:
      return rounded(tiny, 1 - tiny);
    default:
      return rounded(of.min, of.max);
  }
}

}  // namespace cellsweep::sweep
