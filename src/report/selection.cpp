#include "report/selection.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "sweep/metric.h"

namespace cellsweep::report {
namespace {

using Text = std::optional<std::string>;

Text text_of(const std::optional<double>& value) {
  return value ? Text(fmt::format("{}", *value)) : std::nullopt;
}

struct Field {
  const char* name;
  Text (*get)(const ComparisonRow&);
};

constexpr Field fields[] = {
    {"run_id", [](const ComparisonRow& row) { return Text(row.run_id); }},
    {"sweep", [](const ComparisonRow& row) { return Text(row.sweep); }},
    {"cell", [](const ComparisonRow& row) { return Text(row.cell); }},
    {"status", [](const ComparisonRow& row) { return Text(row.status); }},
    {"val_accuracy", [](const ComparisonRow& row) { return text_of(row.best_val_accuracy); }},
    {"last_val_accuracy", [](const ComparisonRow& row) { return text_of(row.last_val_accuracy); }},
    {"val_loss", [](const ComparisonRow& row) { return text_of(row.best_val_loss); }},
    {"last_val_loss", [](const ComparisonRow& row) { return text_of(row.last_val_loss); }},
    {"loss", [](const ComparisonRow& row) { return text_of(row.loss); }},
    {"accuracy", [](const ComparisonRow& row) { return text_of(row.accuracy); }},
    {"epochs", [](const ComparisonRow& row) { return Text(std::to_string(row.epochs)); }},
    {"seconds", [](const ComparisonRow& row) { return text_of(row.seconds); }},
    {"samples_per_second", [](const ComparisonRow& row) { return text_of(row.samples_per_second); }},
    {"reason", [](const ComparisonRow& row) { return Text(row.reason); }},
};

std::set<std::string> parameters_of(const Comparison& comparison) {
  std::set<std::string> keys;
  for (const ComparisonRow& row : comparison.rows)
    for (const auto& [key, value] : row.parameters) keys.insert(key);
  return keys;
}

void check_name(const Comparison& comparison, const std::string& name, const std::string& where) {
  const std::set<std::string> keys = parameters_of(comparison);
  if (keys.contains(name)) return;
  if (const auto field = std::ranges::find(fields, name, &Field::name); field != std::end(fields)) {
    const auto has_value = [&](const ComparisonRow& row) { return field->get(row).has_value(); };
    const auto has_epoch = [](const ComparisonRow& row) { return row.epochs > 0; };
    if (!sweep::is_accuracy(name) || std::ranges::any_of(comparison.rows, has_value) ||
        std::ranges::none_of(comparison.rows, has_epoch))
      return;
    throw UserError(
        fmt::format("{}: no run has an accuracy, as they are regressions; take val_loss or loss", where));
  }
  std::string known;
  for (const std::string& key : keys) known += key + ", ";
  for (const Field& field : fields)
    known += std::string(field.name) + (&field + 1 == std::end(fields) ? "" : ", ");
  throw UserError(fmt::format("{}: no run has '{}'; there are {}", where, name, known));
}

Text value_of(const ComparisonRow& row, std::string_view name) {
  for (const auto& [key, value] : row.parameters)
    if (key == name) return value;
  for (const Field& field : fields)
    if (field.name == name) return field.get(row);
  return std::nullopt;
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// As strcmp: negative, zero or positive. Numbers come before words.
int order_of(const std::string& a, const std::string& b) {
  const auto x = number_of(a), y = number_of(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  if (x.has_value() != y.has_value()) return x ? -1 : 1;
  return a.compare(b);
}

struct Condition {
  std::string name, comparison, value;

  bool holds(const ComparisonRow& row) const {
    const Text found = value_of(row, name);
    if (!found) return false;
    const int order = order_of(*found, value);
    return comparison == "="    ? order == 0
           : comparison == "!=" ? order != 0
           : comparison == "<"  ? order < 0
           : comparison == "<=" ? order <= 0
           : comparison == ">"  ? order > 0
                                : order >= 0;
  }
};

Condition parse(const std::string& text) {
  const std::size_t begin = text.find_first_of("=!<>");
  if (begin != std::string::npos && begin > 0) {
    const std::size_t length =
        begin + 1 < text.size() && text[begin + 1] == '=' && text[begin] != '=' ? 2 : 1;
    const Condition condition{text.substr(0, begin), text.substr(begin, length), text.substr(begin + length)};
    if (condition.comparison != "!" && !condition.value.empty()) return condition;
  }
  throw UserError("--filter " + text +
                  ": expected a name, one of = != < <= > >=, and a value, such as model.cell=lstm");
}

// A spreadsheet takes what begins so for a formula, which may call programs: an apostrophe before it makes it
// text.
bool is_formula(const std::string& text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos &&
         !number_of(text.substr(text.front() == '+' ? 1 : 0));
}

// RFC 4180: quoted where it holds a comma, a quote or a line end.
std::string csv_cell(const std::string& foreign) {
  const std::string text = (is_formula(foreign) ? "'" : "") + printable_lines(foreign);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

void filter(Comparison& comparison, const std::vector<std::string>& filters) {
  std::vector<Condition> conditions;
  for (const std::string& text : filters) {
    conditions.push_back(parse(text));
    check_name(comparison, conditions.back().name, "--filter " + text);
  }
  std::erase_if(comparison.rows, [&](const ComparisonRow& row) {
    return !std::ranges::all_of(conditions, [&](const Condition& condition) { return condition.holds(row); });
  });
}

void sort(Comparison& comparison, const std::string& name) {
  const bool descends = name.starts_with('-');
  const std::string key = name.substr(descends ? 1 : 0);
  check_name(comparison, key, "--sort " + name);
  std::ranges::stable_sort(comparison.rows, [&](const ComparisonRow& a, const ComparisonRow& b) {
    const Text x = value_of(a, key), y = value_of(b, key);
    if (!x || !y) return x.has_value() && !y.has_value();
    return descends ? order_of(*x, *y) > 0 : order_of(*x, *y) < 0;
  });
}

std::string to_csv(const Comparison& comparison) {
  const std::set<std::string> keys = parameters_of(comparison);
  std::string text;
  for (const Field& field : fields) text += std::string(&field == fields ? "" : ",") + field.name;
  for (const std::string& key : keys) text += "," + csv_cell(key);
  text += "\r\n";
  for (const ComparisonRow& row : comparison.rows) {
    for (const Field& field : fields)
      text += (&field == fields ? "" : ",") + csv_cell(field.get(row).value_or(""));
    for (const std::string& key : keys) text += "," + csv_cell(value_of(row, key).value_or(""));
    text += "\r\n";
  }
  return text;
}

}  // namespace cellsweep::report
