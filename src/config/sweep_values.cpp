// The part of Reader that compares values of a sweep by what they are, not by how they are spelled.
#include <spdlog/spdlog.h>

#include <cmath>
#include <unordered_map>

#include "base/parse_number.h"
#include "config/reader.h"
#include "sweep/points.h"

namespace cellsweep::config {
namespace {

// The values that a parameter takes, or nothing if they cannot be listed.
std::optional<sweep::Values> values_of(const sweep::SweepOptions& sweep, const sweep::Parameter& parameter) {
  const bool is_grid =
      sweep.method == sweep::Method::grid &&
      (sweep::is_list(parameter.distribution) || parameter.distribution == sweep::Distribution::int_uniform ||
       parameter.distribution == sweep::Distribution::q_uniform);
  return is_grid ? sweep::all_values(parameter, sweep::most_runs, true)
                 : sweep::drawn_values(parameter, sweep::most_runs);
}

// The text that draws of a parameter with endless or very many values have for this one; nothing if it is
// between multiples of q, or the parameter is continuous, so that no draw can be expected to hit it.
std::optional<std::string> drawn_text(const sweep::Parameter& parameter, const std::string& text) {
  const bool has_steps = parameter.distribution == sweep::Distribution::int_uniform ||
                         sweep::is_quantised(parameter.distribution);
  const auto [least, greatest] = sweep::bounds_of(parameter);
  const auto number = has_steps ? parse_number<double>(text) : std::nullopt;
  if (!number) return std::nullopt;
  const double value = *number;
  const double step =
      sweep::is_quantised(parameter.distribution) ? sweep::rounded(parameter, value) : std::round(value);
  if (value < least || value > greatest || std::abs(step - value) > 1e-9 * std::abs(value))
    return std::nullopt;
  return sweep::value_text(parameter, step);
}

}  // namespace

std::string canonical_text(const Option& option, const std::string& text) {
  auto value = parse_value(option, {.text = text, .quoted = false});
  if (!value) return text;
  if (double* number = std::get_if<double>(&*value); number != nullptr && *number == 0)
    *number = 0;  // not -0
  return format_value(option, *value);
}

// The first spelling stays, with the probabilities of all.
void Reader::merge_equal_values(const Option& option, sweep::Parameter& parameter) {
  std::unordered_map<std::string, std::size_t> places;
  sweep::Values kept;
  std::vector<double> probabilities;
  std::string first_again;
  for (std::size_t i = 0; i < parameter.values.size(); ++i) {
    const std::string& text = parameter.values[i];
    const auto [location, is_new] = places.emplace(canonical_text(option, text), kept.size());
    if (is_new) {
      kept.push_back(text);
      if (!parameter.probabilities.empty()) probabilities.push_back(parameter.probabilities[i]);
    } else {
      if (first_again.empty()) first_again = shown(text) + " is " + shown(kept[location->second]);
      if (!parameter.probabilities.empty()) probabilities[location->second] += parameter.probabilities[i];
    }
  }
  const std::size_t repeated = parameter.values.size() - kept.size();
  if (repeated == 0) return;
  spdlog::info("{}: {} of the values {} given before ({}); each value counts once", option.key, repeated,
               repeated == 1 ? "was" : "were", first_again);
  parameter.values = std::move(kept);
  parameter.probabilities = std::move(probabilities);
}

// A condition gets the spelling of the parameter's values, so that equal values have equal texts from here
// on.
void Reader::settle_conditions() {
  if (!config_.sweep) return;
  for (auto& [key, condition] : config_.sweep->conditions)
    for (auto& [other, wanted] : condition) {
      const auto parameter = config_.sweep->parameters.find(other);
      if (parameter == config_.sweep->parameters.end()) continue;
      const Option& option = *find_option(other);
      const auto values = values_of(*config_.sweep, parameter->second);
      std::unordered_map<std::string, std::string> spellings;
      for (const std::string& text : values.value_or(sweep::Values()))
        spellings.emplace(canonical_text(option, text), text);
      std::set<std::string> settled;
      bool is_met = false;
      for (const std::string& text : wanted) {
        const std::string canonical = canonical_text(option, text);
        const auto spelling = spellings.find(canonical);
        const auto found = spelling != spellings.end() ? std::optional(spelling->second)
                           : values                    ? std::nullopt
                                                       : drawn_text(parameter->second, canonical);
        is_met |= found.has_value();
        settled.insert(found.value_or(canonical));
      }
      wanted = std::move(settled);
      if (is_met) continue;
      const auto location = locations_.find("sweep.conditions." + key);
      diagnostics_.add(location == locations_.end() ? SourceLocation{} : location->second,
                       "sweep.conditions." + key + ": no run can meet it, as " + other + " " +
                           (values ? "has none of these values" : "takes no single value") + ": it is " +
                           shown(parameter_yaml(other, parameter->second)));
    }
}

}  // namespace cellsweep::config
