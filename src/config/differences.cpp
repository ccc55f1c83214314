#include <set>
#include <string>

#include "config/config.h"
#include "config/option.h"
#include "config/problems.h"

namespace cellsweep::config {
namespace {

// Keys that may be other when a sweep is resumed.
bool makes_a_difference(const std::string& key) {
  const std::set<std::string> parallel{"parallel.device", "parallel.threads", "parallel.timeout_seconds",
                                       "parallel.ranks_per_run"};
  return !parallel.contains(key) && !key.starts_with("checkpoint.") && !key.starts_with("metrics.") &&
         !key.starts_with("output.");
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
      return found == parameters.end() ? std::string("not swept") : parameter_yaml(key, found->second);
    };
    compare("sweep.parameters." + key, text(of_a), text(of_b));
  }
  return lines;
}

}  // namespace cellsweep::config
