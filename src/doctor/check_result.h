#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/enum_names.h"

namespace cellsweep::doctor {

enum class Verdict { ok, warning, error };

// What a check found, for people.
struct CheckResult {
  Verdict verdict = Verdict::ok;
  std::string found;
  std::string fix;  // what would be right; empty if all is
};

}  // namespace cellsweep::doctor

namespace cellsweep {
template <>
inline constexpr auto enum_names<doctor::Verdict> =
    std::to_array<std::string_view>({"ok", "warning", "error"});
}  // namespace cellsweep
