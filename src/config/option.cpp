#include "config/option.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/lower_case.h"
#include "base/parse_number.h"
#include "base/path_text.h"
#include "base/text.h"
#include "config/names.h"
#include "config/spelling.h"

namespace cellsweep::config {
namespace {

constexpr std::string_view word_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_null(std::string_view text) {
  constexpr std::array<std::string_view, 5> names{"", "~", "null", "Null", "NULL"};
  return std::find(names.begin(), names.end(), text) != names.end();
}

// Whether the text is true or false in YAML 1.1 or 1.2, or one of 1 and 0, as programs print booleans.
std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = simplified(text);
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (word == yes && word.size() == text.size()) return true;
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (word == no && word.size() == text.size()) return false;
  return std::nullopt;
}

bool is_within(double value, const Limits& limits) {
  if (limits.minimum && (value < *limits.minimum || (limits.minimum_excluded && value == *limits.minimum)))
    return false;
  return !(limits.maximum &&
           (value > *limits.maximum || (limits.maximum_excluded && value == *limits.maximum)));
}

// Without the underscores between digits: 10_000. Nothing if one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_digit = [&](std::size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '9';
    };
    if (text[i] != '_')
      digits += text[i];
    else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1))
      return std::nullopt;
  }
  return digits;
}

// The whole of `number` as a decimal number of type T; neither nan nor inf, nor out of the type's range.
template <class T>
std::optional<T> parse_decimal(std::string_view number) {
  if (number.starts_with('+') && !number.starts_with("+-")) number.remove_prefix(1);
  const auto digits = without_underscores(number);
  if (!digits || octal_text(*digits)) return std::nullopt;
  const std::string_view text = *digits;
  if (text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::nullopt;
  return cellsweep::parse_number<T>(text);
}

// The shortest text that is read back as the same number. The mantissa gets a point before an exponent:
// YAML 1.1 takes 1e-07 for a string.
std::string format_number(double value) {
  std::array<char, 32> buffer;
  std::string text(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

// "a, b" of "[a, b]", "a, b" or "[a,b]": each one of the choices, and none twice.
std::optional<Value> parse_choices(const Option& option, std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> chosen;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t begin = word.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    const std::string choice =
        meant_choice(option, word.substr(begin, word.find_last_not_of(' ') - begin + 1));
    if (choice.empty() || std::ranges::find(chosen, choice) != chosen.end()) return std::nullopt;
    chosen.push_back(choice);
  }
  return Value(joined(chosen));
}

std::string expected_number(const Option& option) {
  const Limits& limits = option.limits;
  std::string words = option.kind == ValueKind::integer ? "an integer" : "a number";
  const auto bound = [&](double value) {
    return option.kind == ValueKind::integer ? std::to_string(static_cast<std::int64_t>(value))
                                             : format_number(value);
  };
  if (limits.minimum && limits.maximum && !limits.minimum_excluded && !limits.maximum_excluded)
    return words + " from " + bound(*limits.minimum) + " to " + bound(*limits.maximum);
  if (limits.minimum)
    words += (limits.minimum_excluded ? " above " : " of at least ") + bound(*limits.minimum);
  if (limits.minimum && limits.maximum) words += " and";
  if (limits.maximum)
    words += (limits.maximum_excluded ? " below " : " of at most ") + bound(*limits.maximum);
  return words;
}

}  // namespace

std::optional<std::string> octal_text(std::string_view text) {
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string_view digits = text.substr(sign);
  if (digits.size() < 2 || digits[0] != '0' ||
      digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  const auto value = parse_number<std::uint64_t>(digits, 8);
  return value ? std::string(text.substr(0, sign)) + std::to_string(*value) : "no number";
}

std::string expected(const Option& option) {
  std::string words;
  switch (option.kind) {
    case ValueKind::boolean:
      words = "true or false";
      break;
    case ValueKind::choice:
      words = (option.choices.size() == 1 ? "only " : "one of ") + joined(option.choices);
      break;
    case ValueKind::choices:
      words = "a list of " + joined(option.choices);
      break;
    case ValueKind::string:
      words = option.is_path           ? "a path"
              : option.pattern.empty() ? "a string"
                                       : "a string like " + option.pattern;
      break;
    case ValueKind::integer:
    case ValueKind::number:
      words = expected_number(option);
      break;
  }
  return option.nullable ? words + ", or null" : words;
}

bool matches(const Option& option, const std::string& text) {
  constexpr std::size_t longest = 200;  // std::regex takes stack for each character
  return text.size() <= longest && std::regex_match(text, std::regex(option.pattern));
}

std::optional<Value> parse_value(const Option& option, const Scalar& scalar) {
  const std::string& text = scalar.text;
  if (!scalar.quoted && is_null(text)) return option.nullable ? std::optional<Value>(Value{}) : std::nullopt;
  if (option.kind == ValueKind::string) {
    const bool fits = option.pattern.empty() ? !text.empty() : matches(option, text);
    if (option.is_path && !path_problem(text).empty()) return std::nullopt;
    return fits && is_text(text) ? std::optional<Value>(text) : std::nullopt;
  }
  if (option.kind == ValueKind::choice) {
    const std::string choice = meant_choice(option, text);
    return choice.empty() ? std::nullopt : std::optional<Value>(choice);
  }
  if (option.kind == ValueKind::choices) return parse_choices(option, text);
  if (scalar.quoted) return std::nullopt;
  if (option.kind == ValueKind::boolean) {
    const auto boolean = parse_boolean(text);
    return boolean ? std::optional<Value>(*boolean) : std::nullopt;
  }
  // Python's null, as programs print it.
  if (option.nullable && text == "None") return Value{};
  if (option.kind == ValueKind::integer) {
    const auto value = parse_decimal<std::int64_t>(text);
    return value && is_within(static_cast<double>(*value), option.limits) ? std::optional<Value>(*value)
                                                                          : std::nullopt;
  }
  const auto value = parse_decimal<double>(text);
  return value && is_within(*value, option.limits) ? std::optional<Value>(*value) : std::nullopt;
}

std::string format_string(const std::string& text) {
  constexpr std::array<std::string_view, 9> reserved{"true", "false", "null", "yes", "no",
                                                     "on",   "off",   "y",    "n"};
  const std::string lower = lower_case(text);
  const bool is_plain = !text.empty() && (is_letter(text[0]) || text[0] == '_' || text[0] == '/') &&
                        text.find_first_not_of(std::string(word_characters) + "/") == std::string::npos;
  if (is_plain && std::find(reserved.begin(), reserved.end(), lower) == reserved.end()) return text;
  return escape_unprintable(
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string format_value(const Option& option, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return "null";
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const std::int64_t* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const double* number = std::get_if<double>(&value)) return format_number(*number);
  const std::string& text = std::get<std::string>(value);
  if (option.kind == ValueKind::choices) return "[" + text + "]";
  return option.kind == ValueKind::choice ? text : format_string(text);
}

const Option* find_option(std::string_view key) {
  for (const Option& option : options())
    if (option.key == key) return &option;
  return nullptr;
}

bool is_section(std::string_view path) {
  return std::any_of(options().begin(), options().end(), [&](const Option& option) {
    return option.key.size() > path.size() && option.key.starts_with(path) && option.key[path.size()] == '.';
  });
}

std::span<const std::string_view> not_sweepable() {
  static constexpr std::string_view keys[] = {
      "name", "train.metrics", "parallel.ranks_per_run", "checkpoint.*", "metrics.*", "output.*", "sweep.*"};
  return keys;
}

bool is_sweepable(std::string_view key) {
  return std::ranges::none_of(not_sweepable(), [&](std::string_view each) {
    return each.ends_with('*') ? key.starts_with(each.substr(0, each.size() - 1)) : key == each;
  });
}

}  // namespace cellsweep::config
