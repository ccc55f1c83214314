#include "report/selection.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/parse_number.h"
#include "base/text.h"
#include "model/metric.h"
#include "report/names.h"

namespace cellsweep::report {
namespace {

using Text = std::optional<std::string>;

Text text_of(const std::optional<double>& value) {
  return value ? Text(fmt::format("{}", *value)) : std::nullopt;
}

struct Field {
  std::string name;
  std::function<Text(const ComparisonRow&)> get;
};

// What to_csv() has of each run, beside its parameters.
std::vector<Field> fields_of(const Comparison& comparison) {
  std::vector<Field> fields{{"run_id", [](const ComparisonRow& row) { return Text(row.run_id); }},
                            {"sweep", [](const ComparisonRow& row) { return Text(row.sweep); }},
                            {"folder", [](const ComparisonRow& row) { return Text(row.sweep_folder); }},
                            {"cell", [](const ComparisonRow& row) { return Text(row.cell); }},
                            {"status", [](const ComparisonRow& row) { return Text(to_name(row.state)); }}};
  const MetricNames names = metric_names(comparison);
  for (const std::string& name : names.validation) {
    fields.push_back({name, [name](const ComparisonRow& row) { return text_of(row.best.find(name)); }});
    fields.push_back(
        {"last_" + name, [name](const ComparisonRow& row) { return text_of(row.last.find(name)); }});
  }
  for (const std::string& name : names.training)
    fields.push_back({name, [name](const ComparisonRow& row) { return text_of(row.last.find(name)); }});
  fields.insert(
      fields.end(),
      {{"epochs", [](const ComparisonRow& row) { return Text(std::to_string(row.epochs)); }},
       {"seconds", [](const ComparisonRow& row) { return text_of(row.seconds); }},
       {"samples_per_second", [](const ComparisonRow& row) { return text_of(row.samples_per_second); }},
       {"reason", [](const ComparisonRow& row) { return Text(row.reason); }}});
  return fields;
}

std::set<std::string> parameters_of(const Comparison& comparison) {
  std::set<std::string> keys;
  for (const ComparisonRow& row : comparison.rows)
    for (const auto& [key, value] : row.parameters) keys.insert(key);
  return keys;
}

// The metric that a name of fields_of() is about: also that of "last_val_loss"; null if it is about none.
const model::Metric* metric_of(std::string_view name) {
  constexpr std::string_view last = "last_";
  return model::find_metric(name.starts_with(last) ? name.substr(last.size()) : name);
}

void check_name(const Comparison& comparison, const std::string& name, const std::string& where) {
  const std::set<std::string> keys = parameters_of(comparison);
  if (keys.contains(name)) return;
  const std::vector<Field> fields = fields_of(comparison);
  const auto field = std::ranges::find(fields, name, &Field::name);
  if (const model::Metric* const metric = metric_of(name)) {
    const auto has_value = [&](const ComparisonRow& row) { return field->get(row).has_value(); };
    const auto has_epoch = [](const ComparisonRow& row) { return row.epochs > 0; };
    if ((field != fields.end() && std::ranges::any_of(comparison.rows, has_value)) ||
        std::ranges::none_of(comparison.rows, has_epoch))
      return;
    throw UserError(
        fmt::format("{}: no run has {} ({}); take val_loss or loss", where, metric->noun, metric->name));
  }
  if (field != fields.end()) return;
  std::string known;
  for (const std::string& key : keys) known += key + ", ";
  for (const Field& each : fields) known += each.name + (&each == &fields.back() ? "" : ", ");
  throw UserError(fmt::format("{}: no run has '{}'; there are {}", where, name, known));
}

// How a row's value of that name, which check_name() has passed, is found.
std::function<Text(const ComparisonRow&)> getter(const Comparison& comparison, const std::string& name) {
  const std::vector<Field> fields = fields_of(comparison);
  const auto field = std::ranges::find(fields, name, &Field::name);
  return [name, get = field == fields.end() ? nullptr : field->get](const ComparisonRow& row) -> Text {
    for (const auto& [key, value] : row.parameters)
      if (key == name) return value;
    return get ? get(row) : std::nullopt;
  };
}

// As strcmp: negative, zero or positive. Numbers come before words.
int order_of(const std::string& a, const std::string& b) {
  const auto x = parse_number<double>(a), y = parse_number<double>(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  if (x.has_value() != y.has_value()) return x ? -1 : 1;
  return a.compare(b);
}

struct Condition {
  std::string name, comparison, value;

  // `found`: the row's value of that name.
  bool holds(const Text& found) const {
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
         !parse_number<double>(std::string_view(text).substr(text.front() == '+' ? 1 : 0));
}

// RFC 4180: quoted if it holds a comma, a quote or a line end.
std::string csv_cell(const std::string& foreign) {
  std::string text = (is_formula(foreign) ? "'" : "") + printable_lines(foreign);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

void filter(Comparison& comparison, const std::vector<std::string>& filters) {
  std::vector<std::function<bool(const ComparisonRow&)>> conditions;
  for (const std::string& text : filters) {
    const Condition condition = parse(text);
    check_name(comparison, condition.name, "--filter " + text);
    conditions.push_back([condition, get = getter(comparison, condition.name)](const ComparisonRow& row) {
      return condition.holds(get(row));
    });
  }
  std::erase_if(comparison.rows, [&](const ComparisonRow& row) {
    return !std::ranges::all_of(conditions, [&](const auto& holds) { return holds(row); });
  });
  comparison.has_several_sweeps = spans_several_sweeps(comparison.rows);
}

void sort(Comparison& comparison, const std::string& name) {
  const bool descends = name.starts_with('-');
  const std::string key = name.substr(descends ? 1 : 0);
  check_name(comparison, key, "--sort " + name);
  const auto get = getter(comparison, key);
  std::ranges::stable_sort(comparison.rows, [&](const ComparisonRow& a, const ComparisonRow& b) {
    const Text x = get(a), y = get(b);
    if (!x || !y) return x.has_value() && !y.has_value();
    return descends ? order_of(*x, *y) > 0 : order_of(*x, *y) < 0;
  });
}

std::string to_csv(const Comparison& comparison) {
  std::vector<Field> fields = fields_of(comparison);
  for (const std::string& key : parameters_of(comparison))
    fields.push_back({csv_cell(key), getter(comparison, key)});
  std::string text;
  for (const Field& field : fields) text += (text.empty() ? "" : ",") + field.name;
  text += "\r\n";
  for (const ComparisonRow& row : comparison.rows) {
    for (const Field& field : fields)
      text += (&field == fields.data() ? "" : ",") + csv_cell(field.get(row).value_or(""));
    text += "\r\n";
  }
  return text;
}

}  // namespace cellsweep::report
