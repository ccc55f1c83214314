#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace cellsweep {

// The number that the whole of `text` is, as std::from_chars reads it; nothing if anything else stands in it,
// or if the number is out of the type's range. `base`: of an integer. Thread-safe.
template <class Number, class... Base>
std::optional<Number> parse_number(std::string_view text, Base... base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base...);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace cellsweep
