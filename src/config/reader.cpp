#include "config/reader.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/text.h"
#include "config/names.h"
#include "config/spelling.h"

namespace cellsweep::config {
namespace {

// The words that may follow `prefix` ("train." or "").
std::vector<std::string> words_below(const std::string& prefix) {
  std::vector<std::string> words;
  for (const Option& option : options()) {
    if (!option.key.starts_with(prefix)) continue;
    const std::string word =
        option.key.substr(prefix.size(), option.key.find('.', prefix.size()) - prefix.size());
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  if (prefix == "sweep.") words.insert(words.end(), {"parameters", "conditions"});
  if (prefix.empty()) words.push_back("map");
  return words;
}

// A list of scalars as in YAML, "[a, b]"; other items are none that a key takes.
std::string list_text(const YamlNode& list) {
  std::vector<std::string> items;
  for (const YamlNode& item : list.items) items.push_back(item.kind == NodeKind::scalar ? item.text : "?");
  return "[" + joined(items) + "]";
}

// Whether a message must not show what was assigned: it may be a password, or have one as user:password@host,
// whatever the key takes.
bool is_secret(const std::string& key, const std::string& text) {
  return names_a_secret(key) || text.find('@', std::min(text.find(':'), text.size())) != std::string::npos;
}

// What may stand below `prefix`, reported once at the end.
void note_permitted(Diagnostics& diagnostics, const std::string& prefix) {
  const std::string where = prefix.empty() ? "at the top" : "in " + prefix.substr(0, prefix.size() - 1);
  diagnostics.add_note("permitted " + where + ": " + joined(words_below(prefix)));
}

}  // namespace

void Reader::read(const YamlNode& root) {
  is_readable_ = root.kind != NodeKind::refused;
  if (!is_readable_) return;
  if (root.kind == NodeKind::null)
    diagnostics_.add(root.location, "empty; expected a map of sections: " + joined(words_below("")));
  else
    read_section(root, "");
}

void Reader::read_section(const YamlNode& section, const std::string& prefix) {
  const std::string name_of_section = prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1);
  if (section.kind == NodeKind::refused) misfits_.insert(name_of_section);
  // A section whose keys are all commented out is null.
  if (section.kind == NodeKind::null || section.kind == NodeKind::refused) return;
  const std::vector<std::string> words = words_below(prefix);
  if (section.kind != NodeKind::map) {
    const std::string name = prefix.empty() ? "" : name_of_section + ": ";
    diagnostics_.add(section.location,
                     name + "expected a map of " + joined(words) + ", got " + shown(section));
    misfits_.insert(name_of_section);
    return;
  }
  if (prefix == "sweep." && !config_.sweep) config_.sweep.emplace();
  // The sweep is read with it, wherever it stands.
  for (const auto& [key, value] : section.entries)
    if (prefix.empty() && key.text == "map") read_map(value);
  for (const auto& [key, value] : section.entries) {
    const std::string path = prefix + key.text;
    if (path == "map") continue;
    if (is_wandb_ && path == "sweep.metric.impute_while_running") {
      passed_over_.push_back("metric." + key.text);
      continue;
    }
    if (key.text.find('.') != std::string::npos && (find_option(path) != nullptr || is_section(path)))
      diagnostics_.add(key.location, "unknown key " + shown(key.text) + "; in a file, nest " +
                                         printable(path) + " in its section");
    else if (const Option* option = find_option(path))
      read_option(*option, value);
    else if (is_section(path))
      read_section(value, path + ".");
    else if (path == "sweep.parameters")
      read_parameters(value, "");
    else if (path == "sweep.conditions")
      read_conditions(value);
    else
      report_unknown(key, prefix, words, value);
  }
}

void Reader::read_option(const Option& option, const YamlNode& node) {
  if (node.kind == NodeKind::refused) {
    misfits_.insert(option.key);
    return;
  }
  std::optional<Value> value;
  Scalar scalar{.text = node.text, .quoted = node.quoted};
  if (const auto metric = metrics_.find(node.text);
      option.key == "sweep.metric.name" && metric != metrics_.end()) {
    scalar.text = metric->second;
    used_.insert(node.text);
  }
  if (node.kind == NodeKind::null || node.kind == NodeKind::scalar) value = parse_value(option, scalar);
  if (option.kind == ValueKind::choices && node.kind == NodeKind::sequence)
    value = parse_value(option, {.text = list_text(node)});
  if (value) {
    option.set(config_, *value);
    locations_[option.key] = diagnostics_.kept(node.location);
  } else {
    diagnostics_.add(
        node.location,
        misfit(option,
               node.kind == NodeKind::sequence && option.kind == ValueKind::choices ? shown(list_text(node))
                                                                                    : shown(node),
               node.text));
    misfits_.insert(option.key);
  }
}

void Reader::assign(const Assignment& assignment, const std::string& argument) {
  const auto& [key, text] = assignment;
  const std::string safe = is_secret(key, text) ? "***" : text;
  const std::string written = shown(key + "=" + safe);
  const SourceLocation location{0, 0, argument + written.substr(1, written.size() - 2)};
  const Option* option = find_option(key);
  // A text that a shell made out of nothing is no null.
  const bool is_blank = option != nullptr && option->kind == ValueKind::string && text.empty();
  if (option == nullptr) {
    std::string meant = meant_key(key, {text});
    if (meant.empty()) meant = near_key(key, {});
    const std::string section = key.substr(0, key.find('.') + 1);
    diagnostics_.add(location, "unknown key " + shown(key) + did_you_mean(meant));
    if (meant.empty())
      note_permitted(diagnostics_, is_section(key)                            ? key + "."
                                   : is_section(key.substr(0, key.find('.'))) ? section
                                                                              : "");
  } else if (config_.sweep && config_.sweep->parameters.contains(key)) {
    diagnostics_.add(location, key + " is varied by the sweep; take it out of sweep.parameters to set it");
  } else if (const auto value = parse_value(*option, {.text = text, .quoted = is_blank})) {
    option->set(config_, *value);
    locations_[key] = diagnostics_.kept(location);
    misfits_.erase(key);
  } else {
    diagnostics_.add(location, misfit(*option, shown(safe), safe));
    misfits_.insert(key);
  }
}

void Reader::report_unknown(const YamlNode& key, const std::string& prefix,
                            const std::vector<std::string>& permitted, const YamlNode& value) {
  const std::string& word = key.text;
  std::string meant;
  for (const std::string& other : permitted)
    if (simplified(other) == simplified(word)) meant = other;
  if (prefix.starts_with("sweep.") && meant.empty())
    if (const std::string of_sweep = meant_sweep_key(word); !of_sweep.empty()) meant = "sweep." + of_sweep;
  if (meant.empty())
    meant = meant_key(word,
                      value.kind == NodeKind::scalar ? std::vector{value.text} : std::vector<std::string>());
  if (meant.empty()) meant = near_key(word, permitted);
  if (meant.starts_with(prefix) &&
      std::ranges::find(permitted, meant.substr(prefix.size())) != permitted.end())
    meant = meant.substr(prefix.size());
  const bool is_here = std::ranges::find(permitted, meant) != permitted.end();
  diagnostics_.add(key.location, "unknown key " + shown(word) + did_you_mean(meant));
  if (meant.empty()) note_permitted(diagnostics_, prefix);
  // What is checked together takes the key for given, but wrong.
  if (!meant.empty()) misfits_.insert(is_here ? prefix + meant : meant);
}

bool Reader::is_refused(const std::string& key) const {
  return std::ranges::any_of(misfits_, [&](const std::string& refused) {
    return key == refused || (key.starts_with(refused) && key[refused.size()] == '.');
  });
}

void Reader::finish() {
  settle_early_termination();
  if (!passed_over_.empty())
    spdlog::info("passed over in the sweep, as it says nothing here: {}", joined(passed_over_));
  for (const std::string& name : arguments_)
    if (config_.sweep && !used_.contains(name))
      spdlog::warn("the sweep has no parameter or metric {} to map or ignore", shown(name));
  check_together();
}

}  // namespace cellsweep::config
