// A swept key and how its values are chosen: W&B's distributions.
#pragma once

#include <cstddef>
#include <optional>
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
  log_uniform,
  inv_log_uniform,
  q_log_uniform,
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
  std::vector<double> probabilities = {};  // of `values`; their sum is 1
  // For uniform and log_uniform kinds, min < max; int_uniform includes both. For log_uniform, inv_log_uniform
  // and q_log_uniform they are exponents of e; for inv_log_uniform, those of 1 / X.
  double min = 0, max = 1;
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

// Whether values are listed, not given by a formula.
bool is_list(Distribution distribution);
// Whether the name begins with q_.
bool is_quantised(Distribution distribution);
// Whether each value is a whole number.
bool gives_whole(const Parameter& parameter);

// What is wrong with the numbers of a distribution ("sigma must be above 0"); empty if nothing is. Draws
// of a parameter that is right are finite.
std::string misfit_of(const Parameter& parameter);

// A value at random: a pure function of the sequence, the same on any machine. Whole numbers below 2^53 are
// exact; others come with nine digits, in which no two machines differ. X being what the name says, q_ kinds
// give round(X / q) * q.
std::string draw(const Parameter& parameter, const RandomSequence& random);

// What a grid tries: all values in ascending order, or in that of the file, each once. If there are more than
// `most` values, gives the first ones if `is_cut`, else throws UserError, as it does if the distribution is
// continuous.
Values all_values(const Parameter& parameter, std::size_t most, bool is_cut = false);

// Every value that draw() may give, or nothing if there are more than `most`.
std::optional<Values> drawn_values(const Parameter& parameter, std::size_t most);

// The least and the greatest value that draw() may give; infinite if there is none.
struct Bounds {
  double least, greatest;
};
Bounds bounds_of(const Parameter& parameter);

// A numeric value as a coordinate of about [0, 1] in which draws are spread evenly or normally, and back
// (bounds and multiples of q kept, and nothing that draw() would not give): what a search that measures
// distances needs.
double unit_of(const Parameter& parameter, double value);
std::string value_of_unit(const Parameter& parameter, double unit);

// `value` as q_ kinds round it; of the others, as it is.
double rounded(const Parameter& parameter, double value);

// A number as draw() and all_values() write it: equal values of a parameter have equal texts.
std::string value_text(const Parameter& parameter, double value);

}  // namespace cellsweep::sweep

namespace cellsweep {
template <>
inline constexpr auto enum_names<sweep::Distribution> = std::to_array<std::string_view>(
    {"constant", "categorical", "categorical_w_probabilities", "int_uniform", "uniform", "q_uniform",
     "log_uniform", "inv_log_uniform", "q_log_uniform", "log_uniform_values", "inv_log_uniform_values",
     "q_log_uniform_values", "normal", "q_normal", "log_normal", "q_log_normal", "beta", "q_beta"});
}  // namespace cellsweep
