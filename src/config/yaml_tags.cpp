#include "config/yaml_tags.h"

#include <string_view>

#include "base/text.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

// The value of a scalar as one of that kind, tagged or not, in its usual spelling; empty if it is none.
std::string as_kind(ValueKind kind, bool nullable, const std::string& text) {
  const Option option{.kind = kind, .nullable = nullable};
  const auto value = parse_value(option, {.text = text, .quoted = false});
  return value ? format_value(option, *value) : std::string();
}

}  // namespace

void apply_tag(const std::string& tag, YamlNode& node, Diagnostics& diagnostics) {
  constexpr std::string_view core = "tag:yaml.org,2002:";
  const std::string name = tag.starts_with(core) ? tag.substr(core.size()) : "";
  const auto misfit = [&] {
    diagnostics.add(node.location, "!!" + name + ": " + shown(node.text) + " is none");
    node.kind = NodeKind::refused;
  };
  if (name == "seq" || name == "map") {
    if (node.kind != (name == "seq" ? NodeKind::sequence : NodeKind::map))
      diagnostics.add(node.location, "!!" + name + ": this is none");
  } else if (node.kind == NodeKind::scalar && name == "str") {
    node.quoted = true;
  } else if (node.kind == NodeKind::scalar && (name == "int" || name == "bool")) {
    const std::string text =
        as_kind(name == "int" ? ValueKind::integer : ValueKind::boolean, false, node.text);
    if (text.empty()) return misfit();
    node.text = text;
    node.quoted = false;
  } else if (node.kind == NodeKind::scalar && name == "float") {
    node.quoted = false;
    if (as_kind(ValueKind::number, false, node.text).empty()) return misfit();
    // A whole number, too, is a float from here on.
    if (node.text.find_first_of(".eE") == std::string::npos) node.text += ".0";
  } else if (node.kind == NodeKind::scalar && name == "null") {
    if (as_kind(ValueKind::number, true, node.text) != "null") return misfit();
    node.kind = NodeKind::null;
    node.text.clear();
    node.quoted = false;
  } else if (name == "str" || name == "int" || name == "bool" || name == "float" || name == "null") {
    diagnostics.add(node.location, "!!" + name + ": this is none");
  } else {
    diagnostics.add(node.location,
                    "the tag " + (name.empty() ? shown(tag) : shown("!!" + name)) +
                        " is not permitted; leave it out. YAML's own are: !!str, !!int, !!float, !!bool, "
                        "!!null, !!seq, !!map");
  }
}

}  // namespace cellsweep::config
