#include "base/path_text.h"
#include "config/reader.h"

namespace cellsweep::config {
std::string similar_key(std::string_view word) {
  std::vector<std::string> keys;
  for (const Option& option : options()) keys.push_back(option.key);
  const std::string like_whole = closest(word, keys);
  if (!like_whole.empty()) return like_whole;
  // The section may be the only thing that is wrong.
  const std::string_view leaf = word.substr(word.rfind('.') + 1);
  for (const std::string& key : keys)
    if (key == leaf || key.ends_with("." + std::string(leaf))) return key;
  return {};
}

std::string unknown_key(std::string_view key, const std::vector<std::string>& permitted) {
  std::string meant = closest(key, permitted);
  if (meant.empty()) meant = similar_key(key);
  std::string message = "unknown key " + shown(key) + did_you_mean(meant);
  return message + (meant.empty() ? "; permitted here: " : " Permitted here: ") + joined(permitted);
}

std::string misfit(const Option& option, const std::string& got, const std::string& text) {
  const std::string problem = option.is_path ? path_problem(text) : "";
  return option.key + ": expected " + expected(option) + ", got " + got +
         (problem.empty() ? did_you_mean(closest(text, option.choices)) : ", which " + problem);
}

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
    default:
      return (node.quoted ? "the string " : "") + shown(node.text);
  }
}

}  // namespace cellsweep::config
