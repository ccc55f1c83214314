#include <set>
#include <string>

#include "config/config.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

// Keys that may be other when a sweep is resumed.
bool makes_a_difference(const std::string& key) {
  const std::set<std::string> how{"data.shared", "parallel.device", "parallel.threads",
                                  "parallel.timeout_seconds", "parallel.ranks_per_run"};
  return !how.contains(key) && !key.starts_with("checkpoint.") && !key.starts_with("metrics.") &&
         !key.starts_with("output.");
}

// Values that are equal have equal texts.
std::string canonical_yaml(const std::string& key, sweep::Parameter parameter) {
  for (std::string& text : parameter.values) text = canonical_text(*find_option(key), text);
  return parameter_yaml(key, parameter);
}

std::string conditions_text(const Config& config) {
  std::string text;
  if (!config.sweep) return "none";
  for (const auto& [key, condition] : config.sweep->conditions)
    for (const auto& [other, values] : condition) {
      text += (text.empty() ? "" : "; ") + key + " where " + other + " is";
      std::set<std::string> canonical;
      for (const std::string& value : values) canonical.insert(canonical_text(*find_option(other), value));
      for (const std::string& value : canonical) text += (value == *canonical.begin() ? " " : " or ") + value;
    }
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<std::string> differences(const Config& a, const Config& b) {
  std::vector<std::string> lines;
  const auto compare = [&](const std::string& key, const std::string& of_a, const std::string& of_b) {
    if (of_a != of_b) lines.push_back(key + ": " + of_a + " → " + of_b);
  };
  for (const Option& option : options())
    if (makes_a_difference(option.key))
      compare(option.key, format_value(option, option.get(a)), format_value(option, option.get(b)));
  const sweep::SweepOptions none;
  const auto& of_a = (a.sweep ? *a.sweep : none).parameters;
  const auto& of_b = (b.sweep ? *b.sweep : none).parameters;
  std::set<std::string> keys;
  for (const auto& parameters : {of_a, of_b})
    for (const auto& [key, values] : parameters) keys.insert(key);
  for (const std::string& key : keys) {
    const auto text = [&](const auto& parameters) {
      const auto found = parameters.find(key);
      return found == parameters.end() ? std::string("not swept") : canonical_yaml(key, found->second);
    };
    compare("sweep.parameters." + key, text(of_a), text(of_b));
  }
  const std::string conditions_of_a = conditions_text(a), conditions_of_b = conditions_text(b);
  compare("sweep.conditions", conditions_of_a, conditions_of_b);
  return lines;
}

}  // namespace cellsweep::config
