// NumPy's types of numbers that are read.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cellsweep::data {

static_assert(std::endian::native == std::endian::little, "the files are read as they are");

// A byte of NumPy's bool.
enum class Bool : std::uint8_t {};

// Calls use.operator()<Stored>("float32") for a type string such as "<f4". False if it is another type.
template <class Use>
bool with_type(std::string_view type, const Use& use) {
  if (type == "<f4") return use.template operator()<float>("float32"), true;
  if (type == "<f8") return use.template operator()<double>("float64"), true;
  if (type == "|b1") return use.template operator()<Bool>("bool"), true;
  if (type == "|u1") return use.template operator()<std::uint8_t>("uint8"), true;
  if (type == "|i1") return use.template operator()<std::int8_t>("int8"), true;
  if (type == "<u2") return use.template operator()<std::uint16_t>("uint16"), true;
  if (type == "<i2") return use.template operator()<std::int16_t>("int16"), true;
  if (type == "<u4") return use.template operator()<std::uint32_t>("uint32"), true;
  if (type == "<i4") return use.template operator()<std::int32_t>("int32"), true;
  if (type == "<u8") return use.template operator()<std::uint64_t>("uint64"), true;
  if (type == "<i8") return use.template operator()<std::int64_t>("int64"), true;
  return false;
}

// A type string from a file, fit to be shown on a terminal.
inline std::string printable(std::string_view type) {
  std::string text(type.substr(0, 16));
  std::replace_if(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return '\'' + text + '\'';
}

}  // namespace cellsweep::data
