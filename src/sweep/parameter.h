// A swept key and how its values are chosen: W&B's distributions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/enum_names.h"
#include "base/random.h"

namespace cellsweep::sweep {

// A value as the file spells it ("1e-4", "lstm"); the key it is assigned to decides its type.
using Values = std::vector<std::string>;

enum class Distribution {
  constant,
  categorical,
  categorical_w_probabilities,
  int_uniform,
  uniform,
  q_uniform,
  log_uniform_values,
  inv_log_uniform_values,
  q_log_uniform_values,
  normal,
  q_normal,
  log_normal,
  q_log_normal,
  beta,
  q_beta
};

struct Parameter {
  Distribution distribution = Distribution::categorical;
  Values values = {};                      // constant (one), categorical
  std::vector<double> probabilities = {};  // of `values`; add up to 1
  double min = 0, max = 1;   // uniform and log_uniform kinds, min < max; int_uniform includes both
  double mu = 0, sigma = 1;  // normal kinds: of the value, or of its logarithm
  double a = 1, b = 1;       // beta kinds
  double q = 1;              // q_ kinds give multiples of it
  bool operator==(const Parameter&) const = default;
};

// The words of W&B's schema that describe a distribution, beside "distribution"; those of `required` have no
// default.
struct DistributionWords {
  std::vector<std::string> required;
  std::vector<std::string> optional;
};
const DistributionWords& words_of(Distribution distribution);

// A value at random: a pure function of the sequence, the same on any machine. Numbers come with nine digits
// at most, in which no two machines differ. X being what the name says, q_ kinds give round(X / q) * q.
std::string draw(const Parameter& parameter, const RandomSequence& random);

// All values in ascending order, or in that of the file. Throws UserError where the distribution is
// continuous, or has more than `most` values.
Values all_values(const Parameter& parameter, std::size_t most);

// The least and the greatest value that draw() may give; infinite where there is none.
struct Bounds {
  double least, greatest;
};
Bounds bounds_of(const Parameter& parameter);

// A numeric value as a coordinate of about [0, 1] in which draws are spread evenly or normally, and back
// (bounds and multiples of q kept): what a search that measures distances needs.
double unit_of(const Parameter& parameter, double value);
std::string value_of_unit(const Parameter& parameter, double unit);

// A number as draw() and all_values() write it.
std::string number_text(double value);

}  // namespace cellsweep::sweep

namespace cellsweep {
template <>
inline constexpr auto enum_names<sweep::Distribution> = std::to_array<std::string_view>(
    {"constant", "categorical", "categorical_w_probabilities", "int_uniform", "uniform", "q_uniform",
     "log_uniform_values", "inv_log_uniform_values", "q_log_uniform_values", "normal", "q_normal",
     "log_normal", "q_log_normal", "beta", "q_beta"});
}  // namespace cellsweep
