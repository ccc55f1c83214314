#include <string>

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

}  // namespace

std::string to_yaml(const Config& config) {
  NestedWriter writer;
  for (const Option& option : options())
    if (config.sweep || !option.key.starts_with("sweep."))
      writer.write(option.key, format_value(option, option.get(config)));
  if (!config.sweep) return writer.text;
  writer.text += config.sweep->parameters.empty() ? "  parameters: {}\n" : "  parameters:\n";
  for (const auto& [key, values] : config.sweep->parameters) {
    const Option& option = *find_option(key);
    std::string list;
    for (const std::string& text : values) {
      const bool is_string = option.kind == Kind::string && parse_value(option, {.text = text}) != Value{};
      list += (list.empty() ? "" : ", ") + (is_string ? format_string(text) : text);
    }
    writer.text += "    " + key + ": {values: [" + list + "]}\n";
  }
  return writer.text;
}

}  // namespace cellsweep::config
