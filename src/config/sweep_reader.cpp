// The part of Reader that reads sweep.parameters: W&B's value, values and nested parameters.
#include "config/reader.h"

namespace cellsweep::config {
namespace {

using NodeKind = YamlNode::Kind;

// The sweepable keys below `prefix`, without it.
std::vector<std::string> sweepable_below(const std::string& prefix) {
  std::vector<std::string> keys;
  for (const Option& option : options())
    if (option.key.starts_with(prefix) && is_sweepable(option.key))
      keys.push_back(option.key.substr(prefix.size()));
  return keys;
}

}  // namespace

void Reader::read_parameters(const YamlNode& parameters, const std::string& prefix) {
  if (parameters.kind == NodeKind::null || parameters.kind == NodeKind::refused) return;
  if (parameters.kind != NodeKind::map) {
    problems_.add(parameters.place,
                  "sweep.parameters: expected a map of keys to sweep, got " + shown(parameters));
    return;
  }
  for (const auto& [key, body] : parameters.entries) {
    const std::string path = prefix + key.text;
    const bool known = find_option(path) != nullptr || is_section(path);
    if (known && !is_sweepable(path + (is_section(path) ? "." : "")))
      problems_.add(key.place, path + " cannot be swept; it is the same for all runs of a sweep");
    else if (known)
      read_parameter(key, path, body);
    else
      problems_.add(key.place, unknown_key(key.text, sweepable_below(prefix)));
  }
}

void Reader::read_parameter(const YamlNode& key, const std::string& path, const YamlNode& body) {
  if (body.kind == NodeKind::refused) return;
  const Option* option = find_option(path);
  const std::string wanted = option != nullptr ? "{values: [...]} or {value: ...}" : "{parameters: {...}}";
  if (body.kind != NodeKind::map) {
    problems_.add(body.place, path + ": expected " + wanted + ", got " + shown(body));
    return;
  }
  std::size_t given = 0;
  for (const auto& [word, node] : body.entries) {
    if (option != nullptr && (word.text == "value" || word.text == "values")) {
      if (++given == 1) read_values(key, *option, node, word.text == "values");
    } else if (option == nullptr && word.text == "parameters") {
      ++given;
      read_parameters(node, path + ".");
    } else {
      problems_.add(word.place, path + ": unknown key " + shown(word.text) + "; a grid takes " + wanted);
    }
  }
  if (given != 1) problems_.add(body.place, path + ": expected " + wanted);
}

void Reader::read_values(const YamlNode& key, const Option& option, const YamlNode& node, bool is_list) {
  if (node.kind == NodeKind::refused) return;
  if (is_list && (node.kind != NodeKind::sequence || node.items.empty())) {
    const std::string got = node.kind == NodeKind::sequence ? "an empty one" : shown(node);
    problems_.add(node.place, option.key + ": expected a list of values, got " + got);
    return;
  }
  sweep::Values values;
  const std::vector<YamlNode> one{is_list ? YamlNode{} : node};
  for (const YamlNode& item : is_list ? node.items : one) {
    if (item.kind == NodeKind::refused) continue;
    const bool scalar = item.kind == NodeKind::null || item.kind == NodeKind::scalar;
    const auto value =
        scalar ? parse_value(option, {.text = item.text, .quoted = item.quoted}) : std::nullopt;
    // The values are kept as text, in which a quoted 'null' would turn into null.
    if (!value || (item.quoted && parse_value(option, {.text = item.text, .quoted = false}) != value))
      problems_.add(item.place, misfit(option, shown(item), item.text));
    else
      values.push_back(std::holds_alternative<std::monostate>(*value) ? "null" : item.text);
  }
  if (!config_.sweep->parameters.emplace(option.key, std::move(values)).second)
    problems_.add(key.place, option.key + " is swept twice");
}

}  // namespace cellsweep::config
