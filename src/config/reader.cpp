#include "config/reader.h"

#include <algorithm>

namespace cellsweep::config {
namespace {

using NodeKind = YamlNode::Kind;

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
  return words;
}

// Whether a message must not tell what was assigned: it may be a password, or have one as user:password@host,
// whatever the key takes.
bool is_secret(const std::string& key, const std::string& text) {
  return names_a_secret(key) || text.find('@', std::min(text.find(':'), text.size())) != std::string::npos;
}

}  // namespace

void Reader::read(const YamlNode& root) {
  is_readable_ = root.kind != NodeKind::refused;
  if (!is_readable_) return;
  if (root.kind == NodeKind::null)
    problems_.add(root.place, "empty; expected a map of sections: " + joined(words_below("")));
  else
    read_section(root, "");
}

void Reader::read_section(const YamlNode& section, const std::string& prefix) {
  // A section whose keys are all commented out is null.
  if (section.kind == NodeKind::null || section.kind == NodeKind::refused) return;
  const std::vector<std::string> words = words_below(prefix);
  if (section.kind != NodeKind::map) {
    const std::string name = prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1) + ": ";
    problems_.add(section.place, name + "expected a map of " + joined(words) + ", got " + shown(section));
    return;
  }
  if (prefix == "sweep." && !config_.sweep) config_.sweep.emplace();
  for (const auto& [key, value] : section.entries) {
    const std::string path = prefix + key.text;
    if (key.text.find('.') != std::string::npos && (find_option(path) != nullptr || is_section(path)))
      problems_.add(key.place,
                    "unknown key " + shown(key.text) + "; in a file, nest " + path + " in its section");
    else if (const Option* option = find_option(path))
      read_option(*option, value);
    else if (is_section(path))
      read_section(value, path + ".");
    else if (path == "sweep.parameters")
      read_parameters(value, "");
    else if (path == "sweep.conditions")
      read_conditions(value);
    else
      problems_.add(key.place, unknown_key(key.text, words));
  }
}

void Reader::read_option(const Option& option, const YamlNode& node) {
  if (node.kind == NodeKind::refused) return;
  std::optional<Value> value;
  if (node.kind == NodeKind::null || node.kind == NodeKind::scalar)
    value = parse_value(option, {.text = node.text, .quoted = node.quoted});
  if (value) {
    option.set(config_, *value);
    places_[option.key] = node.place;
  } else {
    problems_.add(node.place, misfit(option, shown(node), node.text));
    misfits_.insert(option.key);
  }
}

void Reader::assign(const Assignment& assignment) {
  const auto& [key, text] = assignment;
  const std::string told = is_secret(key, text) ? "***" : text;
  const std::string written = shown(key + "=" + told);
  const Place place{0, 0, "--set " + written.substr(1, written.size() - 2)};
  const Option* option = find_option(key);
  // A text that a shell made out of nothing is no null.
  const bool is_blank = option != nullptr && option->kind == Kind::string && text.empty();
  if (option == nullptr) {
    problems_.add(place, "unknown key " + shown(key) + did_you_mean(similar_key(key)));
  } else if (config_.sweep && config_.sweep->parameters.contains(key)) {
    problems_.add(place, key + " is varied by the sweep; take it out of sweep.parameters to set it");
  } else if (const auto value = parse_value(*option, {.text = text, .quoted = is_blank})) {
    option->set(config_, *value);
    places_[key] = place;
  } else {
    problems_.add(place, misfit(*option, shown(told), told));
    misfits_.insert(key);
  }
}

}  // namespace cellsweep::config
