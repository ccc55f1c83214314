#include "config/yaml_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "base/text.h"

namespace cellsweep::config {
namespace {

// Where the line of that number, from 1, begins.
std::size_t begin_of_line(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line && begin < text.size(); ++i)
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  return begin;
}

// The number that the escape \uXXXX at `at` stands for.
std::optional<unsigned> escaped(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text.substr(at, 2) != "\\u") return std::nullopt;
  unsigned code = 0;
  const char* digits = text.data() + at + 2;
  const auto [end, error] = std::from_chars(digits, digits + 4, code, 16);
  return error == std::errc() && end == digits + 4 ? std::optional(code) : std::nullopt;
}

}  // namespace

bool is_readable(std::string_view text, std::size_t largest, Diagnostics& diagnostics) {
  if (text.size() > largest) {
    diagnostics.add({}, "larger than " + std::to_string(largest >> 20) + " MiB, which no configuration is");
    return false;
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    diagnostics.add({1, 1, {}}, "not UTF-8 text, but UTF-16; save the file as UTF-8");
    return false;
  }
  int number = 1;
  for (std::size_t end, begin = 0; begin < text.size(); begin = end + 1, ++number) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t control =
        std::find_if(line.begin(), line.end(),
                     [](unsigned char c) { return (c < ' ' && c != '\t' && c != '\r') || c == 0x7f; }) -
        line.begin();
    const std::size_t wrong = std::min(control, text_length(line));
    if (wrong == line.size()) continue;
    const SourceLocation location{number, static_cast<int>(wrong) + 1, {}};
    const std::string byte = printable(line.substr(wrong, 1));
    const bool is_control = wrong == control;
    diagnostics.add(location, is_control ? "a control character (" + byte + "), which YAML does not permit"
                                         : "not UTF-8 text (byte " + byte + "); save the file as UTF-8");
    return false;
  }
  return true;
}

void report_syntax(std::string_view text, const SourceLocation& location, const std::string& message,
                   Diagnostics& diagnostics) {
  int number = 1;
  for (std::size_t end, begin = 0; begin < text.size() && number <= location.line;
       begin = end + 1, ++number) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t first = line.find_first_not_of(" \t\r");
    const std::size_t tab = line.find('\t');
    if (first == std::string_view::npos || line[first] == '#' || tab >= first) continue;
    return diagnostics.add({number, static_cast<int>(tab) + 1, {}},
                           "not YAML: a tab in the indentation; YAML is indented with spaces");
  }
  diagnostics.add(location, "not YAML: " + printable(message));
}

bool mend_surrogates(std::string& text, const SourceLocation& location) {
  // yaml-cpp has read the first escape when it stops.
  const std::size_t after =
      begin_of_line(text, location.line) + static_cast<std::size_t>(std::max(location.column - 1, 0));
  if (after < 6 || after > text.size()) return false;
  bool is_mended = false;
  for (std::size_t at = after - 6; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\') continue;
    const auto high = escaped(text, at);
    const auto low = escaped(text, at + 6);
    if (high && low && *high >= 0xD800 && *high < 0xDC00 && *low >= 0xDC00 && *low < 0xE000) {
      std::array<char, 16> whole{};
      std::snprintf(whole.data(), whole.size(), "\\U%08x",
                    0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
      text.replace(at, 12, whole.data());
      is_mended = true;
    }
    ++at;  // the escaped character, which may be a quote
  }
  return is_mended;
}

}  // namespace cellsweep::config
