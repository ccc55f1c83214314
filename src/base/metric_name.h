// How metrics are named: as in Keras.
#pragma once

#include <string_view>

namespace cellsweep {

// A metric of the validation samples is named as that of the training samples, with this before the name.
inline constexpr std::string_view validation_prefix = "val_";

constexpr bool is_validation(std::string_view name) {
  return name.starts_with(validation_prefix);
}

// "accuracy" for "accuracy" and for "val_accuracy".
constexpr std::string_view without_validation(std::string_view name) {
  return is_validation(name) ? name.substr(validation_prefix.size()) : name;
}

}  // namespace cellsweep
