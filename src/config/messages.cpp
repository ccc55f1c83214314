#include <algorithm>

#include "base/path_text.h"
#include "base/text.h"
#include "config/names.h"
#include "config/reader.h"
#include "config/spelling.h"

namespace cellsweep::config {

std::string misfit(const Option& option, const std::string& got, const std::string& text) {
  const std::string diagnostic = option.is_path ? path_problem(text) : "";
  std::string message = option.key + ": expected " + expected(option) + ", got " + got;
  if (!diagnostic.empty()) return message + ", which " + diagnostic;
  const bool is_number = option.kind == ValueKind::integer || option.kind == ValueKind::number;
  if (const auto octal = octal_text(text); is_number && octal)
    return message + ", which is " + *octal + " in YAML 1.1 and decimal in YAML 1.2; leave out the leading 0";
  return message + did_you_mean(near_choice(option, text));
}

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case NodeKind::null:
      return "nothing";
    case NodeKind::sequence:
      return "a list";
    case NodeKind::map:
      return "a map";
    default:
      return (node.quoted ? "the string " : "") + shown(node.text);
  }
}

}  // namespace cellsweep::config
