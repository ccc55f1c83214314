// YAML's core tags: !!str, !!int, !!float, !!bool, !!null, !!seq, !!map.
#pragma once

#include <string>

#include "config/diagnostics.h"
#include "config/yaml_tree.h"

namespace cellsweep::config {

// Makes `node` what the tag says: a string is as if quoted, the others as if they were not. A tag that is not
// YAML's, or that the value does not fit, is reported, and the node `refused` if the value is no use.
void apply_tag(const std::string& tag, YamlNode& node, Diagnostics& diagnostics);

}  // namespace cellsweep::config
