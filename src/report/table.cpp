#include "report/table.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/names.h"
#include "report/summary.h"

namespace cellsweep::report {
namespace {

// With so many digits after the point; a number that no table has room for, with an exponent.
std::string readable(double value, int digits) {
  return std::abs(value) < 1e12 ? fmt::format("{:.{}f}", value, digits) : fmt::format("{:.3g}", value);
}

constexpr std::size_t column_gap = 2;

// A column: two lines of heading, then one text a run.
struct Column {
  std::vector<std::string> texts;
  bool right = false;
  std::size_t least_width = 0;
};

std::size_t width_of(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; });
}

// Without the first line of heading, which may lie over further columns.
std::size_t width_of(const Column& column) {
  std::size_t width = column.least_width;
  for (std::size_t i = 1; i < column.texts.size(); ++i) width = std::max(width, width_of(column.texts[i]));
  return width;
}

template <class Text>
Column column(const Comparison& comparison, std::string above, const std::string& heading, bool right,
              Text text) {
  Column result{{std::move(above), printable(heading)}, right};
  for (const auto& row : comparison.rows) result.texts.push_back(printable(text(row)));
  return result;
}

// A reason of several lines, none of which can be taken for a line of the table.
std::string indented(const std::string& reason) {
  std::string text;
  for (const char c : printable_lines(reason)) text += c == '\n' ? "\n    " : std::string(1, c);
  return text + "\n";
}

std::string number(const std::optional<double>& value) {
  if (!value) return "-";
  return *value == 0 || std::abs(*value) > 1e-3 ? fmt::format("{:.4f}", *value)
                                                : fmt::format("{:.4e}", *value);
}

std::string value_of(const ComparisonRow& row, const std::string& key) {
  for (const auto& [name, value] : row.parameters)
    if (name == key) return value;
  return "-";
}

// The best and the last value of a metric, if any run has one.
void add_metric(std::vector<Column>& columns, const Comparison& comparison, const std::string& name) {
  const auto has = [&](const ComparisonRow& row) { return row.best.find(name) || row.last.find(name); };
  if (std::ranges::none_of(comparison.rows, has)) return;
  columns.push_back(
      column(comparison, name, "best", true, [&](const auto& row) { return number(row.best.find(name)); }));
  const std::size_t over_first = width_of(columns.back()) + column_gap;
  columns.push_back(
      column(comparison, "", "last", true, [&](const auto& row) { return number(row.last.find(name)); }));
  if (name.size() > over_first) columns.back().least_width = name.size() - over_first;
}

std::vector<Column> columns_of(const Comparison& comparison) {
  const auto& rows = comparison.rows;
  std::vector<Column> columns;
  const auto other_sweep = [&](const auto& row) { return row.sweep != rows.front().sweep; };
  if (std::any_of(rows.begin(), rows.end(), other_sweep))
    columns.push_back(column(comparison, "", "sweep", false, [](const auto& row) { return row.sweep; }));
  const auto lies_elsewhere = [](const auto& row) { return row.sweep_folder != row.sweep; };
  if (comparison.has_several_sweeps && std::ranges::any_of(rows, lies_elsewhere))
    columns.push_back(
        column(comparison, "", "folder", false, [](const auto& row) { return row.sweep_folder; }));
  columns.push_back(column(comparison, "", "run", false, [](const auto& row) { return row.run_id; }));
  columns.push_back(column(comparison, "", "cell", false, [](const auto& row) { return row.cell; }));
  for (const auto& [key, heading] : parameter_headings(comparison))
    if (key != "model.cell")
      columns.push_back(
          column(comparison, "", heading, false, [&](const auto& row) { return value_of(row, key); }));
  for (const std::string& name : metric_names(comparison).validation) add_metric(columns, comparison, name);
  columns.push_back(
      column(comparison, "", "seconds", true, [](const auto& row) { return readable(row.seconds, 1); }));
  columns.push_back(column(comparison, "", "samples/s", true, [](const auto& row) {
    return row.samples_per_second ? readable(*row.samples_per_second, 0) : "-";
  }));
  if (std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.state != RunState::finished; }))
    columns.push_back(column(comparison, "", "status", false,
                             [](const auto& row) { return std::string(to_name(row.state)); }));
  return columns;
}

// The text of one line. A name above two columns starts where the first one's texts can start.
std::string line_of(const std::vector<Column>& columns, std::size_t line) {
  std::string text;
  std::size_t end = 0;
  for (const auto& each : columns) {
    const std::size_t width = width_of(each);
    const std::string& cell = each.texts[line];
    const std::size_t start = end + (each.right && line > 0 ? width - width_of(cell) : 0);
    if (!cell.empty()) text += std::string(start - width_of(text), ' ') + cell;
    end += width + column_gap;
  }
  return text + "\n";
}

// A line a point, if some were repeated.
std::string points_text(const Comparison& comparison) {
  const auto points = summarise_points(comparison);
  const auto is_repeated = [](const PointSummary& point) { return point.run_ids.size() > 1; };
  if (std::none_of(points.begin(), points.end(), is_repeated)) return "";
  const bool has_folders = comparison.has_several_sweeps;
  const auto headings = parameter_headings(comparison);
  std::string text =
      fmt::format("\nbest {}, mean ± standard deviation over repeats\n", comparison.metric.name);
  for (const PointSummary& point : points) {
    text +=
        fmt::format("{:.4f} {:10} n={}", point.mean,
                    point.deviation ? fmt::format("± {:.4f}", *point.deviation) : "", point.run_ids.size());
    if (has_folders) text += "  folder=" + point.sweep_folder;
    for (const auto& [key, value] : point.parameters) text += fmt::format("  {}={}", headings.at(key), value);
    text += "\n";
  }
  return text;
}

std::string importance_text(const Comparison& comparison) {
  const auto fractions = importance(comparison);
  if (fractions.size() < 2) return "";
  std::string text =
      fmt::format("\nshare of the variance of {} that a parameter explains: ", comparison.metric.name);
  for (const auto& [key, fraction] : fractions)
    text += fmt::format("{}{} {:.0f} %", key == fractions.front().first ? "" : ", ", key, 100 * fraction);
  return text + "\n";
}

}  // namespace

std::string to_table(const Comparison& comparison) {
  if (comparison.rows.empty()) return "no runs\n";
  const auto columns = columns_of(comparison);
  std::string text;
  for (std::size_t line = 0; line < comparison.rows.size() + 2; ++line) text += line_of(columns, line);
  for (const auto& row : comparison.rows)
    if (!row.reason.empty())
      text += printable(fmt::format("{} {}: ", name_of(comparison, row), to_name(row.state))) +
              indented(row.reason);
  return text + printable_lines(points_text(comparison) + importance_text(comparison));
}

}  // namespace cellsweep::report
