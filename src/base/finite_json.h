#pragma once

#include <cmath>
#include <optional>

namespace cellsweep {

// The value as JSON, which has no NaN and no infinity: null stands for them. `Json` is a
// nlohmann::basic_json.
template <class Json>
Json finite_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

// Null stands for an unset value too.
template <class Json>
Json finite_or_null(const std::optional<double>& value) {
  return value ? finite_or_null<Json>(*value) : Json(nullptr);
}

}  // namespace cellsweep
