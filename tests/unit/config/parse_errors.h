// What tests of the configuration ask for.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/option.h"

namespace cellsweep::config {

// The message with which `text` is refused, or "" if it is taken.
inline std::string errors_of(const std::string& text, const std::vector<Assignment>& assignments = {}) {
  try {
    parse_config(text, "f.yaml", assignments);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace cellsweep::config
