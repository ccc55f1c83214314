// A YAML document as a plain tree with positions, built from yaml-cpp's events so that anchors, duplicate
// keys and sheer size are refused before they can do harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"

namespace cellsweep::config {

struct YamlEntry;

struct YamlNode {
  // `refused`: a problem was already reported, look no further.
  enum class Kind { null, scalar, sequence, map, refused };

  Kind kind = Kind::null;
  Place place;
  std::string text;                // scalar
  bool quoted = false;             // scalar
  std::vector<YamlNode> items;     // sequence
  std::vector<YamlEntry> entries;  // map: keys are scalars, each only once
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

// The one document of `text`. What is wrong goes to `problems`: syntax, anchors, aliases, tags, merge keys,
// duplicate keys, more than one document or none, over 1 MiB, over 64 deep, over 100,000 nodes. The answer is
// whole except after a syntax error or a limit, when it is `refused`.
YamlNode parse_yaml(std::string_view text, Problems& problems);

// The largest file that is read.
inline constexpr std::size_t largest_yaml = std::size_t{1} << 20;

}  // namespace cellsweep::config
