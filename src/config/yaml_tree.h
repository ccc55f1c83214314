// A YAML document as a plain tree with positions, built from yaml-cpp's events so that duplicate keys,
// aliases that multiply and sheer size are refused before they can do harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/yaml_text.h"

namespace cellsweep::config {

struct YamlEntry;

// `refused`: a diagnostic was already reported, look no further.
enum class NodeKind { null, scalar, sequence, map, refused };

struct YamlNode {
  NodeKind kind = NodeKind::null;
  SourceLocation location;
  std::string text;                // scalar
  bool quoted = false;             // scalar
  std::vector<YamlNode> items;     // sequence
  std::vector<YamlEntry> entries;  // map: keys are scalars, each only once
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

// How much of YAML is taken; what an alias repeats counts each time.
struct YamlBounds {
  std::size_t bytes, nodes;
};
inline constexpr YamlBounds users_yaml{std::size_t{1} << 20, 100'000};
// What to_yaml() makes of the largest file of a user is larger: defaults are filled in, and text is quoted.
inline constexpr YamlBounds own_yaml{std::size_t{1} << 26, 1'000'000};

// The one document of `text`. Anchors, aliases and merge keys (<<) are resolved, YAML's core tags (!!float)
// and what they ask for is held against the value. What is wrong goes to `diagnostics`: syntax, other tags,
// duplicate keys, more than one document or none, beyond the bounds, over 64 deep. The result is complete
// except after a syntax error or a limit, when it is `refused`.
YamlNode parse_yaml(std::string_view text, Diagnostics& diagnostics, const YamlBounds& bounds = users_yaml);

// The largest file of a user that is read.
inline constexpr std::size_t largest_yaml = users_yaml.bytes;

}  // namespace cellsweep::config
