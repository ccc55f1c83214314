#include <string>
#include <string_view>

#include "config/config.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

// A cell of a table, in which | would end it.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

std::string type_cell(const Option& option) {
  if (option.kind != ValueKind::choice && option.kind != ValueKind::choices) return cell(expected(option));
  std::string list = option.kind == ValueKind::choices ? "a list of " : "";
  for (const std::string& choice : option.choices)
    list += (&choice == option.choices.data() ? "`" : ", `") + choice + "`";
  return list + (option.nullable ? ", or null" : "");
}

// "`name`, `metrics.*` and `sweep.*`"
std::string not_sweepable_list() {
  std::string list;
  for (const std::string_view& key : not_sweepable()) {
    if (!list.empty()) list += &key == &not_sweepable().back() ? " and " : ", ";
    list += "`" + std::string(key) + "`";
  }
  return list;
}

}  // namespace

std::string options_markdown() {
  std::string text;
  std::string section;
  const Config defaults;
  for (const Option& option : options()) {
    const std::string top = option.key.substr(0, option.key.find('.'));
    if (top != section) {
      text += (section.empty() ? "### " : "\n### ") + top +
              "\n\n| Key | Type and range | Default | Meaning |\n|---|---|---|---|\n";
      section = top;
    }
    const std::string value = option.default_words.empty()
                                  ? "`" + format_value(option, option.get(defaults)) + "`"
                                  : option.default_words;
    text += "| `" + option.key + "` | " + type_cell(option) + " | " + value + " | " + cell(option.meaning) +
            " |\n";
  }
  text +=
      "| `sweep.parameters.<key>` | `{values: [...]}`, `{value: ...}`, `{min: ..., max: ...}` or "
      "`{distribution: ...}` | none | How the values of any key above are chosen, except of " +
      not_sweepable_list() +
      " |\n"
      "| `sweep.conditions.<key>` | `{<other key>: [...]}` | none | The parameter is one only if the "
      "other has one of "
      "these values; not W&B's |\n"
      "\n### map\n\n| Key | Type and range | Default | Meaning |\n|---|---|---|---|\n"
      "| `map.<name>` | a key above or a metric, or null | none | ";
  text += std::string(map_meaning) + " |\n";
  return text;
}

}  // namespace cellsweep::config
