// Whether more or less of a metric is better.
#pragma once

#include "base/enum_names.h"

namespace cellsweep {

enum class Goal { maximize, minimize };

// Whether `a` is strictly better than `b`. No value is better or worse than NaN.
constexpr bool is_better(double a, double b, Goal goal) {
  return goal == Goal::maximize ? a > b : a < b;
}

template <>
inline constexpr auto enum_names<Goal> = std::to_array<std::string_view>({"maximize", "minimize"});

}  // namespace cellsweep
