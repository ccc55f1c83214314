#include <algorithm>
#include <string>
#include <utility>

#include "config/config.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

// Writes keys with dots as nested maps; keys of one section must come together.
class NestedWriter {
 public:
  void write(const std::string& key, const std::string& value) {
    const std::size_t leaf = key.rfind('.') == std::string::npos ? 0 : key.rfind('.') + 1;
    for (std::size_t begin = 0, end; begin < leaf; begin = end + 1) {
      end = key.find('.', begin);
      const std::string path = key.substr(0, end + 1);
      if (!section_.starts_with(path)) line(path.size() - 1, key.substr(begin, end - begin) + ":", key);
    }
    section_ = key.substr(0, leaf);
    line(key.size(), key.substr(leaf) + ": " + value, key);
  }

  std::string text;

 private:
  // `length`: how much of `key` is the path of this line; its dots are the depth.
  void line(std::size_t length, const std::string& content, const std::string& key) {
    for (const char c : key.substr(0, length))
      if (c == '.') text += "  ";
    text += content + "\n";
  }

  std::string section_;
};

// A number that is read back as the same one.
std::string exact_text(double value) {
  static const Option number{.kind = ValueKind::number};
  return format_value(number, Value(value));
}

// "[a, b]", as values of the key.
std::string values_yaml(const std::string& key, const sweep::Values& values) {
  const Option& option = *find_option(key);
  std::string list;
  for (const std::string& text : values) {
    const bool is_string = option.kind == ValueKind::string && parse_value(option, {.text = text}) != Value{};
    list += (list.empty() ? "" : ", ") + (is_string ? format_string(text) : text);
  }
  return "[" + list + "]";
}

}  // namespace

std::string parameter_yaml(const std::string& key, const sweep::Parameter& parameter) {
  using sweep::Distribution;
  const auto distribution = parameter.distribution;
  if (distribution == Distribution::constant) {
    const std::string list = values_yaml(key, parameter.values);
    return "{value: " + list.substr(1, list.size() - 2) + "}";
  }
  if (distribution == Distribution::categorical)
    return "{values: " + values_yaml(key, parameter.values) + "}";
  if (distribution == Distribution::categorical_w_probabilities) {
    std::string list;
    for (const double each : parameter.probabilities) list += (list.empty() ? "" : ", ") + exact_text(each);
    return "{values: " + values_yaml(key, parameter.values) + ", probabilities: [" + list + "]}";
  }
  const std::pair<const char*, double> numbers[] = {
      {"min", parameter.min}, {"max", parameter.max}, {"mu", parameter.mu}, {"sigma", parameter.sigma},
      {"a", parameter.a},     {"b", parameter.b},     {"q", parameter.q}};
  const auto& words = sweep::words_of(distribution);
  std::string text = "{distribution: " + std::string(to_name(distribution));
  for (const auto& [word, value] : numbers)
    if (std::ranges::count(words.required, word) + std::ranges::count(words.optional, word) > 0)
      text += std::string(", ") + word + ": " + exact_text(value);
  return text + "}";
}

std::string to_yaml(const Config& config) {
  NestedWriter writer;
  for (const Option& option : options())
    if (config.sweep || !option.key.starts_with("sweep."))
      writer.write(option.key, format_value(option, option.get(config)));
  if (!config.sweep) return writer.text;
  writer.text += config.sweep->parameters.empty() ? "  parameters: {}\n" : "  parameters:\n";
  for (const auto& [key, parameter] : config.sweep->parameters)
    writer.text += "    " + key + ": " + parameter_yaml(key, parameter) + "\n";
  if (config.sweep->conditions.empty()) return writer.text;
  writer.text += "  conditions:\n";
  for (const auto& [key, condition] : config.sweep->conditions) {
    std::string list;
    for (const auto& [other, values] : condition)
      list += (list.empty() ? "" : ", ") + other + ": " + values_yaml(other, {values.begin(), values.end()});
    writer.text += "    " + key + ": {" + list + "}\n";
  }
  return writer.text;
}

}  // namespace cellsweep::config
