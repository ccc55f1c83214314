// Names of the values of an enumeration, kept beside the enumeration: one list serves parsing, messages and
// the schema.
//
//   enum class Cell { simple_rnn, lstm, gru };
//   template <> inline constexpr auto enum_names<model::Cell> =
//   std::to_array<std::string_view>({"simple_rnn", "lstm", "gru"});
//
// The list is in the order of the enumerators, which count from 0.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace cellsweep {

template <class Enum>
inline constexpr std::array<std::string_view, 0> enum_names{};

// The name of a value.
template <class Enum>
constexpr std::string_view to_name(Enum value) {
  return enum_names<Enum>[static_cast<std::size_t>(value)];
}

// The value of a name, or nothing when no value has that name.
template <class Enum>
constexpr std::optional<Enum> from_name(std::string_view name) {
  for (std::size_t i = 0; i < enum_names<Enum>.size(); ++i)
    if (enum_names<Enum>[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace cellsweep
