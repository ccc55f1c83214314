// Makes rows of the table of options out of members of Config. For the table's files only.
#pragma once

#include <type_traits>
#include <utility>

#include "config/option.h"

namespace cellsweep::config {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

// `member` gives a reference to the member of a Config. The kind follows from the member's type: an
// enumeration becomes a choice of its names, an optional member is nullable.
template <class Member>
Option make_option(std::string key, Member member, std::string meaning, Limits limits = {}) {
  using Field = std::remove_cvref_t<decltype(member(std::declval<Config&>()))>;
  Option option;
  option.key = std::move(key);
  option.meaning = std::move(meaning);
  option.limits = limits;
  if constexpr (std::is_enum_v<Field>) {
    option.kind = ValueKind::choice;
    option.choices.assign(enum_names<Field>.begin(), enum_names<Field>.end());
    option.get = [member](const Config& config) { return Value(std::string(to_name(member(config)))); };
    option.set = [member](Config& config, const Value& value) {
      member(config) = from_name<Field>(std::get<std::string>(value)).value();
    };
  } else if constexpr (is_optional<Field>) {
    using Held = std::conditional_t<std::is_integral_v<typename Field::value_type>, std::int64_t, double>;
    option.kind = std::is_same_v<Held, double> ? ValueKind::number : ValueKind::integer;
    option.nullable = true;
    option.get = [member](const Config& config) {
      return member(config) ? Value(Held(*member(config))) : Value();
    };
    option.set = [member](Config& config, const Value& value) {
      const Held* held = std::get_if<Held>(&value);
      member(config) = held ? Field(*held) : Field();
    };
  } else {
    using Held =
        std::conditional_t<std::is_integral_v<Field> && !std::is_same_v<Field, bool>, std::int64_t, Field>;
    option.kind = std::is_same_v<Held, bool>           ? ValueKind::boolean
                  : std::is_same_v<Held, std::int64_t> ? ValueKind::integer
                  : std::is_same_v<Held, double>       ? ValueKind::number
                                                       : ValueKind::string;
    option.get = [member](const Config& config) { return Value(static_cast<Held>(member(config))); };
    option.set = [member](Config& config, const Value& value) {
      member(config) = static_cast<Field>(std::get<Held>(value));
    };
  }
  return option;
}

// A string that may be null, kept as an empty one.
template <class Member>
Option make_optional_string(std::string key, Member member, std::string meaning) {
  Option option;
  option.key = std::move(key);
  option.meaning = std::move(meaning);
  option.nullable = true;
  option.get = [member](const Config& config) {
    return member(config).empty() ? Value() : Value(member(config));
  };
  option.set = [member](Config& config, const Value& value) {
    const std::string* text = std::get_if<std::string>(&value);
    member(config) = text ? *text : std::string();
  };
  return option;
}

// A string that names a file or folder.
inline Option as_path(Option option) {
  option.is_path = true;
  return option;
}

inline Limits at_least(double minimum) {
  return {.minimum = minimum};
}
inline Limits between(double minimum, double maximum) {
  return {.minimum = minimum, .maximum = maximum};
}
inline Limits above(double minimum) {
  return {.minimum = minimum, .minimum_excluded = true};
}
// From 0 to below 1.
inline Limits fraction() {
  return {.minimum = 0, .maximum = 1, .maximum_excluded = true};
}

std::vector<Option> data_options();
std::vector<Option> train_options();

}  // namespace cellsweep::config

// The accessor of a member, const or not as the Config is.
// NOLINTNEXTLINE(bugprone-macro-parentheses): a path of members is no expression
#define CELLSWEEP_MEMBER(path) [](auto& config) -> auto& { return config.path; }
