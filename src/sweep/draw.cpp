// Values of a distribution: at random, and as coordinates for a search that measures distances.
#include <algorithm>
#include <cmath>

#include "sweep/parameter.h"

namespace cellsweep::sweep {
namespace {

// The logarithm of a Gamma variate of shape `a` and scale 1 (Marsaglia and Tsang, ACM Trans. Math. Softw. 26,
// 2000), with the numbers from `index` on, which is moved. For a < 1, G(a) = G(a + 1) U^(1/a), which is
// below the least double if `a` is small.
double draw_log_gamma(double a, const RandomSequence& random, std::uint64_t& index) {
  if (a < 1) {
    const double log_power = std::log(1 - random.uniform(index++)) / a;
    return draw_log_gamma(a + 1, random, index) + log_power;
  }
  const double d = a - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(index++);
    const double v = std::pow(1 + c * x, 3);
    const double u = 1 - random.uniform(index++);
    if (v > 0 && std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

double draw_beta(const Parameter& parameter, const RandomSequence& random) {
  std::uint64_t index = 0;
  const double log_x = draw_log_gamma(parameter.a, random, index);
  const double log_y = draw_log_gamma(parameter.b, random, index);
  return 1 / (1 + std::exp(log_y - log_x));
}

// Where a value, or its logarithm, lies: most of it between `from` and `from + length`.
struct Scale {
  double from, length;
  bool is_log = false;
};

Scale scale_of(const Parameter& parameter) {
  switch (parameter.distribution) {
    case Distribution::int_uniform:
    case Distribution::uniform:
    case Distribution::q_uniform:
      return {parameter.min, parameter.max - parameter.min};
    case Distribution::log_uniform:
    case Distribution::q_log_uniform:
      return {parameter.min, parameter.max - parameter.min, true};
    case Distribution::inv_log_uniform:
      return {-parameter.max, parameter.max - parameter.min, true};
    case Distribution::log_uniform_values:
    case Distribution::inv_log_uniform_values:
    case Distribution::q_log_uniform_values:
      return {std::log(parameter.min), std::log(parameter.max) - std::log(parameter.min), true};
    case Distribution::normal:
    case Distribution::q_normal:
      return {parameter.mu - 2 * parameter.sigma, 4 * parameter.sigma};
    case Distribution::log_normal:
    case Distribution::q_log_normal:
      return {parameter.mu - 2 * parameter.sigma, 4 * parameter.sigma, true};
    default:
      return {0, 1};
  }
}

// The value before it is rounded to multiples of q.
double draw_number(const Parameter& parameter, const RandomSequence& random) {
  const auto [from, length, is_log] = scale_of(parameter);
  switch (parameter.distribution) {
    case Distribution::int_uniform: {
      const auto least = static_cast<std::int64_t>(parameter.min),
                 greatest = static_cast<std::int64_t>(parameter.max);
      const auto count = static_cast<std::uint64_t>(greatest - least) + 1;
      return static_cast<double>(least + static_cast<std::int64_t>(random.below(0, count)));
    }
    case Distribution::normal:
    case Distribution::q_normal:
      return parameter.mu + parameter.sigma * random.normal(0);
    case Distribution::log_normal:
    case Distribution::q_log_normal:
      return std::exp(parameter.mu + parameter.sigma * random.normal(0));
    case Distribution::beta:
    case Distribution::q_beta:
      return draw_beta(parameter, random);
    // 1 / X is log-uniform.
    case Distribution::inv_log_uniform:
    case Distribution::inv_log_uniform_values:
      return std::exp(from + length - random.uniform(0) * length);
    default: {
      const double value = from + random.uniform(0) * length;
      return is_log ? std::exp(value) : value;
    }
  }
}

// Rounding must not lead out of the bounds.
std::string bounded_text(const Parameter& parameter, double value) {
  const auto [least, greatest] = bounds_of(parameter);
  return value_text(parameter, std::clamp(rounded(parameter, value), least, greatest));
}

}  // namespace

std::string draw(const Parameter& parameter, const RandomSequence& random) {
  if (!is_list(parameter.distribution)) return bounded_text(parameter, draw_number(parameter, random));
  if (parameter.probabilities.empty()) return parameter.values[random.below(0, parameter.values.size())];
  double left = random.uniform(0);
  std::size_t chosen = 0;
  while (chosen + 1 < parameter.values.size() && left >= parameter.probabilities[chosen])
    left -= parameter.probabilities[chosen++];
  return parameter.values[chosen];
}

double unit_of(const Parameter& parameter, double value) {
  const Scale scale = scale_of(parameter);
  // Rounding to multiples of q makes 0 of what is less than half of it.
  return ((scale.is_log ? std::log(value > 0 ? value : parameter.q / 2) : value) - scale.from) / scale.length;
}

std::string value_of_unit(const Parameter& parameter, double unit) {
  const Scale scale = scale_of(parameter);
  double value = scale.from + unit * scale.length;
  if (scale.is_log) value = std::exp(value);
  if (parameter.distribution == Distribution::int_uniform) value = std::round(value);
  return bounded_text(parameter, value);
}

}  // namespace cellsweep::sweep
