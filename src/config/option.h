// One key of the configuration: what it may hold, what it means, and where it is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace cellsweep::config {

enum class ValueKind { boolean, integer, number, string, choice, choices };

// The value of a key: null, or what its kind says; a choice is a string, and so are several: "a, b".
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

// Bounds of an integer or a number; unset: none.
struct Limits {
  std::optional<double> minimum{};
  std::optional<double> maximum{};
  bool minimum_excluded = false;
  bool maximum_excluded = false;
};

// What can name a folder: neither "." nor ".." nor hidden.
inline constexpr const char* folder_name_pattern = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}";

struct Option {
  std::string key{};  // dotted path
  ValueKind kind = ValueKind::string;
  bool nullable = false;
  Limits limits{};
  std::vector<std::string> choices{};
  std::string pattern{};  // of a string: what the whole of it must match; empty for any that is not empty
  bool is_path = false;   // of a string: it names a file or folder
  std::string meaning{};  // one line
  std::string default_words{};  // if the default follows from other keys, in Markdown; else empty
  std::function<Value(const Config&)> get{};
  std::function<void(Config&, const Value&)> set{};  // the value fits the kind and the limits
};

// What the section `map` is for.
inline constexpr const char* map_meaning =
    "What a name in the sweep means, that of a parameter or of the metric, if it is no key here; null: "
    "the "
    "parameter is left out";

// All keys, section by section. A section's keys stand together.
const std::vector<Option>& options();

// The option of a key, or nullptr.
const Option* find_option(std::string_view key);

// Whether some key lies below `path`.
bool is_section(std::string_view path);

// What no sweep may vary, for it is the same for all of its runs: keys, and sections as "metrics.*".
std::span<const std::string_view> not_sweepable();

// Whether a sweep may vary the key, or, if it ends with a dot, any of the section's.
bool is_sweepable(std::string_view key);

// What the option takes, in words: "an integer from 1 to 9 or null".
std::string expected(const Option& option);

// A scalar as it was written. Quoted, it is a string and nothing else.
struct Scalar {
  std::string text;
  bool quoted = false;
};

// Whether the text is as a string option's pattern wants it.
bool matches(const Option& option, const std::string& text);

// For a whole number that begins with 0 ("010"), which is octal in YAML 1.1 and decimal in 1.2 and so is not
// taken: what it is in YAML 1.1 ("8", or "no number"). Nothing for any other text.
std::optional<std::string> octal_text(std::string_view text);

// The value of a scalar, or nothing if it does not fit the option. Numbers are decimal: 10, 0.5, 1e-4,
// 10_000. Choices and booleans are taken without regard to case, choices by other names, too, that are theirs
// elsewhere ("rnn"), booleans as true, yes, on, 1 and their opposites.
std::optional<Value> parse_value(const Option& option, const Scalar& scalar);

// The value as it is written in YAML, read back as the same value.
std::string format_value(const Option& option, const Value& value);

// The one text of all that `text` may be spelled as: 0.1 for 0.10, 1e-1 and .1. What does not fit stays.
std::string canonical_text(const Option& option, const std::string& text);

// A swept key's values as they stand in a file: "{values: [1, 2]}".
std::string parameter_yaml(const std::string& key, const sweep::Parameter& parameter);

// Text as a YAML string, quoted if that is needed.
std::string format_string(const std::string& text);

}  // namespace cellsweep::config
