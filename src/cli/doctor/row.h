#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/enum_names.h"

namespace cellsweep::cli {

enum class Verdict { ok, warning, error };

// What a check found, for people.
struct Row {
  Verdict verdict = Verdict::ok;
  std::string found;
  std::string fix;  // what would be right; empty where all is
};

}  // namespace cellsweep::cli

namespace cellsweep {
template <>
inline constexpr auto enum_names<cli::Verdict> = std::to_array<std::string_view>({"ok", "warning", "error"});
}  // namespace cellsweep
