// The part of Reader that reads what a sweep varies, in W&B's schema.
#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/text.h"
#include "config/reader.h"
#include "config/spelling.h"

namespace cellsweep::config {
namespace {}  // namespace

void Reader::read_parameter(const YamlNode& key, const std::string& path, const YamlNode& body) {
  misfits_.insert("sweep.parameters." + path);
  if (body.kind == NodeKind::refused) return;
  const Option* option = find_option(path);
  if (body.kind != NodeKind::map) {
    diagnostics_.add(body.location, path +
                                        ": expected {values: [...]}, {value: ...}, {min: ..., max: ...} or "
                                        "{distribution: ...}, got " +
                                        shown(body));
    return;
  }
  auto parameter = read_distribution(key, *option, body);
  if (!parameter) return;
  misfits_.erase("sweep.parameters." + path);
  locations_["sweep.parameters." + path] = diagnostics_.kept(key.location);
  if (!config_.sweep->parameters.emplace(path, std::move(*parameter)).second)
    diagnostics_.add(key.location,
                     path + " is swept twice" + (key.text == path ? "" : ", here as " + shown(key.text)));
}

std::optional<sweep::Parameter> Reader::read_distribution(const YamlNode& key, const Option& option,
                                                          const YamlNode& body) {
  const auto distribution = find_distribution(option, body);
  if (!distribution) return std::nullopt;
  sweep::Parameter parameter{.distribution = *distribution};
  const sweep::DistributionWords& words = sweep::words_of(*distribution);
  std::vector<std::string> missing = words.required;
  bool is_right = true;
  for (const auto& [word, node] : body.entries) {
    if (word.text == "distribution") continue;
    std::erase(missing, word.text);
    std::vector<std::string> permitted = words.required;
    permitted.insert(permitted.end(), words.optional.begin(), words.optional.end());
    if (std::ranges::find(permitted, word.text) != permitted.end()) {
      is_right &= read_word(option, word.text, node, parameter);
      continue;
    }
    const std::string meant = closest(word.text, permitted);
    diagnostics_.add(word.location, option.key + ": unknown key " + shown(word.text) + did_you_mean(meant) +
                                        "; distribution " + std::string(to_name(*distribution)) + " takes " +
                                        joined(permitted));
    is_right = false;
  }
  // A word that is not understood may be the one that is missing.
  if (!missing.empty() && is_right)
    diagnostics_.add(key.location, option.key + ": distribution " + std::string(to_name(*distribution)) +
                                       " needs " + joined(missing));
  if (!is_right || !missing.empty()) return std::nullopt;
  const std::size_t before = diagnostics_.count();
  check_parameter(body, option, parameter);
  if (diagnostics_.count() != before) return std::nullopt;
  merge_equal_values(option, parameter);
  return parameter;
}

// As W&B infers it from the words that are given.
std::optional<sweep::Distribution> Reader::find_distribution(const Option& option, const YamlNode& body) {
  const YamlNode *named = nullptr, *least = nullptr, *greatest = nullptr;
  bool has_values = false, has_probabilities = false;
  for (const auto& [word, node] : body.entries) {
    if (node.kind == NodeKind::refused) return std::nullopt;
    if (word.text == "distribution") named = &node;
    if (word.text == "min") least = &node;
    if (word.text == "max") greatest = &node;
    has_values |= word.text == "values";
    has_probabilities |= word.text == "probabilities";
  }
  if (named != nullptr) {
    const std::vector<std::string> names(enum_names<sweep::Distribution>.begin(),
                                         enum_names<sweep::Distribution>.end());
    for (const std::string& name : names)
      if (simplified(name) == simplified(named->text)) return from_name<sweep::Distribution>(name);
    diagnostics_.add(named->location, option.key + ": unknown distribution " + shown(*named) +
                                          did_you_mean(closest(named->text, names)) +
                                          "; permitted: " + joined(names));
    return std::nullopt;
  }
  if (has_values)
    return has_probabilities ? sweep::Distribution::categorical_w_probabilities
                             : sweep::Distribution::categorical;
  if (least == nullptr && greatest == nullptr) return sweep::Distribution::constant;
  const auto is_whole = [](const YamlNode* node) {
    return node == nullptr || node->text.find_first_of(".eE") == std::string::npos;
  };
  return is_whole(least) && is_whole(greatest) ? sweep::Distribution::int_uniform
                                               : sweep::Distribution::uniform;
}

bool Reader::read_word(const Option& option, const std::string& word, const YamlNode& node,
                       sweep::Parameter& parameter) {
  if (word == "value" || word == "values") {
    auto values = read_values(option, node, word == "values");
    if (values) parameter.values = std::move(*values);
    return values.has_value();
  }
  if (word == "probabilities") {
    if (node.kind != NodeKind::sequence) {
      diagnostics_.add(node.location,
                       option.key + ": probabilities: expected a list of numbers, got " + shown(node));
      return false;
    }
    for (const YamlNode& item : node.items) {
      const auto number = read_number(option.key + ": probabilities", item);
      if (!number) return false;
      parameter.probabilities.push_back(*number);
    }
    return true;
  }
  const auto number = read_number(option.key + ": " + word, node);
  if (!number) return false;
  double& field = word == "min"     ? parameter.min
                  : word == "max"   ? parameter.max
                  : word == "mu"    ? parameter.mu
                  : word == "sigma" ? parameter.sigma
                  : word == "a"     ? parameter.a
                  : word == "b"     ? parameter.b
                                    : parameter.q;
  field = *number;
  return true;
}

std::optional<double> Reader::read_number(const std::string& name, const YamlNode& node) {
  static const Option number{.kind = ValueKind::number};
  if (node.kind == NodeKind::refused) return std::nullopt;
  const auto value = node.kind == NodeKind::scalar
                         ? parse_value(number, {.text = node.text, .quoted = node.quoted && !is_wandb_})
                         : std::nullopt;
  if (value) return std::get<double>(*value);
  diagnostics_.add(node.location, name + ": expected a number, got " + shown(node));
  return std::nullopt;
}

void Reader::check_parameter(const YamlNode& body, const Option& option, const sweep::Parameter& parameter) {
  using sweep::Distribution;
  const Distribution distribution = parameter.distribution;
  const std::string name(to_name(distribution));
  const auto refuse = [&](const std::string& why) {
    diagnostics_.add(body.location, option.key + ": " + why);
  };
  if (distribution == Distribution::categorical_w_probabilities) {
    double sum = 0;
    for (const double each : parameter.probabilities) sum += each;
    if (parameter.probabilities.size() != parameter.values.size())
      refuse("has " + std::to_string(parameter.values.size()) + " values, but " +
             std::to_string(parameter.probabilities.size()) + " probabilities");
    else if (std::abs(sum - 1) > 1e-6 ||
             std::ranges::any_of(parameter.probabilities, [](double p) { return p < 0; }))
      refuse("probabilities must not be negative and must sum to 1");
  }
  if (!parameter.values.empty()) return;
  if (option.kind != ValueKind::integer && option.kind != ValueKind::number)
    return refuse("distribution " + name + " gives numbers, but the key takes " + expected(option) +
                  "; give values");
  if (const std::string misfit = sweep::misfit_of(parameter); !misfit.empty()) return refuse(misfit);
  if (option.kind == ValueKind::integer && !sweep::gives_whole(parameter))
    return refuse("the key takes " + expected(option) +
                  "; use int_uniform, or a q_ distribution with a whole q");
  const auto [least, greatest] = sweep::bounds_of(parameter);
  const auto fits = [&](double bound) {
    return parse_value(option, {.text = sweep::value_text(parameter, bound), .quoted = false}).has_value();
  };
  if (!fits(least) || !fits(greatest))
    refuse("distribution " + name + " can give values from " + sweep::value_text(parameter, least) + " to " +
           sweep::value_text(parameter, greatest) + ", but the key takes " + expected(option));
}

std::optional<sweep::Values> Reader::read_values(const Option& option, const YamlNode& node, bool is_list) {
  if (node.kind == NodeKind::refused) return std::nullopt;
  if (is_list && (node.kind != NodeKind::sequence || node.items.empty())) {
    const std::string got = node.kind == NodeKind::sequence ? "an empty one" : shown(node);
    const std::string hint =
        node.kind == NodeKind::scalar ? "; one value is {value: " + printable(node.text) + "}" : "";
    diagnostics_.add(node.location, option.key + ": expected a list of values, got " + got + hint);
    return std::nullopt;
  }
  sweep::Values values;
  const std::vector<YamlNode> one{is_list ? YamlNode{} : node};
  const std::vector<YamlNode>& items = is_list ? node.items : one;
  for (const YamlNode& item : items) {
    if (item.kind == NodeKind::refused) continue;
    const bool scalar = item.kind == NodeKind::null || item.kind == NodeKind::scalar;
    // W&B gives values to its program as arguments, where quotes make no difference.
    const bool quoted = item.quoted && (!is_wandb_ || option.kind == ValueKind::string);
    const auto value = scalar ? parse_value(option, {.text = item.text, .quoted = quoted}) : std::nullopt;
    // The values are kept as text, in which a quoted 'null' would turn into null.
    if (!value || (quoted && parse_value(option, {.text = item.text, .quoted = false}) != value))
      diagnostics_.add(item.location, misfit(option, shown(item), item.text));
    else if (option.kind == ValueKind::choice || option.kind == ValueKind::boolean)
      values.push_back(format_value(option, *value));
    else
      values.push_back(std::holds_alternative<std::monostate>(*value) ? "null" : item.text);
  }
  if (!is_list && node.kind == NodeKind::sequence)
    diagnostics_.add_note("several values to try are {values: [...]}");
  return values.size() == items.size() ? std::optional(values) : std::nullopt;
}

void Reader::read_conditions(const YamlNode& conditions) {
  if (conditions.kind == NodeKind::null || conditions.kind == NodeKind::refused) return;
  const std::string wanted =
      "a map of parameters to the values that others must have, such as "
      "{train.optimizer.momentum: {train.optimizer.name: [sgd]}}";
  if (conditions.kind != NodeKind::map)
    return diagnostics_.add(conditions.location,
                            "sweep.conditions: expected " + wanted + ", got " + shown(conditions));
  for (const auto& [key, body] : conditions.entries) {
    const auto key_of = [&](const std::string& name) {
      const auto renamed = keys_.find(name);
      return renamed == keys_.end() ? name : renamed->second;
    };
    const std::string parameter = key_of(key.text);
    if (body.kind != NodeKind::map) {
      diagnostics_.add(body.location, "sweep.conditions." + printable(parameter) + ": expected " + wanted +
                                          ", got " + shown(body));
      continue;
    }
    locations_["sweep.conditions." + parameter] = diagnostics_.kept(key.location);
    sweep::Condition& condition = config_.sweep->conditions[parameter];
    for (const auto& [other, node] : body.entries) {
      const std::string path = key_of(other.text);
      const Option* option = find_option(path);
      if (option == nullptr || !is_sweepable(path))
        report_unknown_parameter(other, other.text, node);
      else if (auto values = read_values(*option, node, true))
        condition[path] = {values->begin(), values->end()};
    }
  }
}

void Reader::check_sweep() const {
  if (!config_.sweep) return;
  const sweep::SweepOptions& sweep = *config_.sweep;
  // A mistake that is already reported is not the cause of another.
  const auto complain = [&](const std::string& key, const std::string& message,
                            std::initializer_list<std::string> others = {}) {
    if (is_refused(key) || std::ranges::any_of(others, [&](const auto& other) { return is_refused(other); }))
      return;
    const auto location = locations_.find(key);
    diagnostics_.add(location == locations_.end() ? SourceLocation{} : location->second, message);
  };
  if (sweep.method != sweep::Method::grid && !sweep.run_cap)
    complain(
        "sweep.method",
        "sweep.method " + std::string(to_name(sweep.method)) + " needs sweep.run_cap: how many points to try",
        {"sweep.run_cap"});
  for (const auto& [key, parameter] : sweep.parameters) {
    const bool has_list = parameter.distribution == sweep::Distribution::constant ||
                          parameter.distribution == sweep::Distribution::categorical ||
                          parameter.distribution == sweep::Distribution::int_uniform ||
                          parameter.distribution == sweep::Distribution::q_uniform;
    if (sweep.method == sweep::Method::grid && !has_list)
      complain("sweep.parameters." + key,
               key + ": a grid takes values, int_uniform or q_uniform, not " +
                   std::string(to_name(parameter.distribution)) +
                   "; give values, or set sweep.method to random or bayes",
               {"sweep.method"});
  }
  if (sweep.repeats > 1 && sweep.parameters.contains("train.seed"))
    complain("sweep.repeats", "sweep.repeats chooses train.seed, so train.seed cannot be a parameter too");
  for (const auto& [key, condition] : sweep.conditions) {
    if (!sweep.parameters.contains(key))
      complain("sweep.conditions." + key,
               "sweep.conditions: " + printable(key) + " is not one of sweep.parameters",
               {"sweep.parameters." + key, "sweep.parameters"});
    for (const auto& [other, values] : condition)
      if (!sweep.parameters.contains(other))
        complain("sweep.conditions." + key,
                 "sweep.conditions." + printable(key) + ": " + other + " is not one of sweep.parameters",
                 {"sweep.parameters." + other, "sweep.parameters"});
  }
  const sweep::EarlyTerminateOptions& early = sweep.early_terminate;
  const std::string section = "sweep.early_terminate";
  if (early.type == sweep::EarlyTermination::none) {
    if (early.min_iter || early.max_iter || early.s)
      complain(section + ".min_iter", section + " needs type: hyperband", {section + ".type"});
  } else if (early.min_iter.has_value() == early.max_iter.has_value()) {
    complain(section + ".type", section + " needs either min_iter, or max_iter and s",
             {section + ".min_iter", section + ".max_iter"});
  } else if (early.max_iter.has_value() != early.s.has_value()) {
    complain(section + ".type", section + ": max_iter and s go together",
             {section + ".s", section + ".min_iter", section + ".max_iter"});
  }
}

}  // namespace cellsweep::config
