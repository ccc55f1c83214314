// The part of Reader that knows what the names in a sweep mean, and finds the parameters behind them.
#include <algorithm>

#include "base/text.h"
#include "config/names.h"
#include "config/reader.h"
#include "config/spelling.h"

namespace cellsweep::config {
namespace {

SourceLocation argument(const std::string& text) {
  const std::string written = shown(text);
  return {0, 0, written.substr(1, written.size() - 2)};
}

}  // namespace

const YamlNode* find_word(const YamlNode& map, std::string_view word) {
  for (const auto& [key, value] : map.entries)
    if (key.text == word) return &value;
  return nullptr;
}

std::vector<std::string> sweepable_below(const std::string& prefix) {
  std::vector<std::string> keys;
  for (const Option& option : options())
    if (option.key.starts_with(prefix) && is_sweepable(option.key))
      keys.push_back(option.key.substr(prefix.size()));
  return keys;
}

std::vector<std::string> listed_values(const YamlNode& body) {
  std::vector<std::string> values;
  const YamlNode *list = find_word(body, "values"), *one = find_word(body, "value");
  if (list != nullptr)
    for (const YamlNode& item : list->items) values.push_back(item.text);
  if (one != nullptr && one->kind == NodeKind::scalar) values.push_back(one->text);
  return values;
}

void Reader::use(const Renames& renames) {
  for (const auto& [name, meaning] : renames.map) {
    add_rename(argument("--map " + name + "=" + meaning), name, meaning);
    arguments_.push_back(name);
  }
  for (const std::string& name : renames.ignored) {
    ignored_.insert(name);
    arguments_.push_back(name);
  }
}

void Reader::read_map(const YamlNode& map) {
  if (map.kind == NodeKind::null || map.kind == NodeKind::refused) return;
  if (map.kind != NodeKind::map)
    return diagnostics_.add(map.location,
                            "map: expected a map of the sweep's names to keys, such as {lr: "
                            "train.optimizer.learning_rate}, got " +
                                shown(map));
  for (const auto& [name, meaning] : map.entries) {
    if (keys_.contains(name.text) || metrics_.contains(name.text) || ignored_.contains(name.text)) continue;
    if (meaning.kind == NodeKind::null)
      ignored_.insert(name.text);
    else if (meaning.kind == NodeKind::scalar)
      add_rename(meaning.location, name.text, meaning.text);
    else if (meaning.kind != NodeKind::refused)
      diagnostics_.add(
          meaning.location,
          "map: expected a key, a metric, or null for a parameter to leave out, got " + shown(meaning));
  }
}

void Reader::add_rename(const SourceLocation& location, const std::string& name, const std::string& meaning) {
  static const Option& metric = *find_option("sweep.metric.name");
  if (std::ranges::find(metric.choices, meaning) != metric.choices.end()) {
    metrics_.emplace(name, meaning);
  } else if (find_option(meaning) != nullptr && is_sweepable(meaning)) {
    keys_.emplace(name, meaning);
  } else if (find_option(meaning) != nullptr) {
    diagnostics_.add(location, meaning + " cannot be swept; it is the same for all runs of a sweep");
    ignored_.insert(name);
  } else {
    std::string meant = meant_key(meaning);
    if (meant.empty()) meant = near_choice(metric, meaning);
    if (meant.empty()) meant = near_key(meaning, {});
    diagnostics_.add(location, "unknown key " + shown(meaning) + did_you_mean(meant));
    ignored_.insert(name);
  }
}

bool Reader::is_ignored(const std::string& name) {
  if (!ignored_.contains(name)) return false;
  used_.insert(name);
  return true;
}

void Reader::read_parameters(const YamlNode& parameters, const std::string& prefix) {
  if (parameters.kind == NodeKind::null || parameters.kind == NodeKind::refused) return;
  if (parameters.kind != NodeKind::map) {
    diagnostics_.add(parameters.location,
                     "sweep.parameters: expected a map of keys to sweep, got " + shown(parameters));
    misfits_.insert("sweep.parameters");
    return;
  }
  for (const auto& [key, body] : parameters.entries) read_named(key, prefix + key.text, body);
}

void Reader::read_named(const YamlNode& key, const std::string& name, const YamlNode& body) {
  if (is_ignored(name)) return;
  const auto renamed = keys_.find(name);
  if (renamed != keys_.end()) used_.insert(name);
  const std::string path = renamed == keys_.end() ? name : renamed->second;
  const bool is_key = find_option(path) != nullptr;
  if ((is_key || is_section(path)) && !is_sweepable(path + (is_key ? "" : ".")))
    diagnostics_.add(key.location, path + " cannot be swept; it is the same for all runs of a sweep");
  else if (is_key)
    read_parameter(key, path, body);
  else if (find_word(body, "parameters") != nullptr || (is_section(path) && listed_values(body).empty()))
    read_group(body, name);
  else
    report_unknown_parameter(key, name, body);
}

void Reader::read_group(const YamlNode& body, const std::string& name) {
  if (body.kind == NodeKind::refused) return;
  const std::string wanted = shown(name) + ": expected {parameters: {...}}";
  if (body.kind != NodeKind::map || body.entries.empty())
    return diagnostics_.add(body.location,
                            wanted + (body.kind == NodeKind::map ? "" : ", got " + shown(body)));
  for (const auto& [word, node] : body.entries)
    if (word.text == "parameters")
      read_parameters(node, name + ".");
    else
      diagnostics_.add(word.location, wanted + ", got the unknown key " + shown(word.text));
}

void Reader::report_unknown_parameter(const YamlNode& key, const std::string& name, const YamlNode& body) {
  const auto values = listed_values(body);
  std::string meant = meant_key(name, values);
  const bool is_path = name.find('.') != std::string::npos;
  if (meant.empty() && !is_foreign(key.text)) meant = near_key(name, sweepable_below(""));
  if (!meant.empty() && !is_sweepable(meant)) meant.clear();
  std::string message = "unknown key " + shown(is_path ? name : key.text);
  if (is_section(name)) message = shown(name) + " is a section of keys here, not a key";
  if (meant.empty()) message += "; to leave it out, --ignore " + printable(name);
  diagnostics_.add(key.location, message + did_you_mean(meant));
  if (meant.empty()) diagnostics_.add_note("a sweep varies: " + grouped(sweepable_below("")));
  diagnostics_.add_note(
      "plan with --suggest-map prints arguments that give the names of a sweep their keys here");
  // Conditions on it are as wrong as it is.
  if (!meant.empty()) misfits_.insert("sweep.parameters." + meant);
}

}  // namespace cellsweep::config
