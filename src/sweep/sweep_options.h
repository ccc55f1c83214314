// W&B's sweep schema, as far as the grid goes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/enum_names.h"

namespace cellsweep::sweep {

enum class Method { grid };
enum class Goal { maximize, minimize };

struct MetricOptions {
  std::string name = "val_accuracy";
  Goal goal = Goal::maximize;
};

// A value as the file spells it ("1e-4", "lstm"); the key it is assigned to decides its type.
using Values = std::vector<std::string>;

struct SweepOptions {
  Method method = Method::grid;
  MetricOptions metric;
  std::map<std::string, Values> parameters;  // dotted config key → values to try
};

}  // namespace cellsweep::sweep

namespace cellsweep {
template <>
inline constexpr auto enum_names<sweep::Method> = std::to_array<std::string_view>({"grid"});
template <>
inline constexpr auto enum_names<sweep::Goal> = std::to_array<std::string_view>({"maximize", "minimize"});
}  // namespace cellsweep
