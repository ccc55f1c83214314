#include "metrics/history.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "base/finite_json.h"
#include "base/lines.h"
#include "metrics/report_fields.h"

namespace cellsweep::metrics {
namespace {

using Json = nlohmann::ordered_json;

// What a line does not have.
constexpr std::string_view left_out = "evaluation_seconds";

double read_number(const Json& value, const std::string& key) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) throw Error(key + " must be a number or null");
  return value.get<double>();
}

std::int64_t read_count(const Json& value, const std::string& key) {
  if (!value.is_number_integer()) throw Error(key + " must be an integer");
  return value.get<std::int64_t>();
}

// What is no field of a report is a metric.
EpochReport read_epoch(std::string_view text) {
  Json line = Json::parse(text);
  if (!line.is_object()) throw Error("must be a JSON object, one a line");
  EpochReport report;
  for_each_field(report, [&]<class Field>(const char* key, Field& field) {
    if constexpr (!std::is_same_v<Field, MetricValues>) {
      if (key == left_out) return;
      if constexpr (std::is_same_v<Field, std::int64_t>)
        field = read_count(line.at(key), key);
      else
        field = read_number(line.at(key), key);
      line.erase(key);
    }
  });
  for (const auto& [key, value] : line.items()) report.metrics[key] = read_number(value, key);
  return report;
}

std::string line_of(const EpochReport& report) {
  Json line;
  for_each_field(report, [&]<class Field>(const char* key, const Field& field) {
    if constexpr (std::is_same_v<Field, MetricValues>) {
      for (const auto& [name, value] : field) line[name] = finite_or_null<Json>(value);
    } else if constexpr (std::is_same_v<Field, double>) {
      if (key != left_out) line[key] = finite_or_null<Json>(field);
    } else {
      line[key] = field;
    }
  });
  return line.dump();
}

std::string lines_of(std::span<const EpochReport> reports) {
  std::string lines;
  for (const EpochReport& report : reports) lines += line_of(report) + "\n";
  return lines;
}

}  // namespace

HistoryWriter::HistoryWriter(const std::filesystem::path& path, std::span<const EpochReport> past)
    : file_((write_file(path, lines_of(past)), path)) {}

void HistoryWriter::on_epoch_end(const EpochReport& report) {
  file_.append(line_of(report));
}

std::vector<EpochReport> read_history(const std::filesystem::path& path) {
  return parse_history(path, read_lines(path));
}

std::vector<EpochReport> parse_history(const std::filesystem::path& path, std::string_view content) {
  std::vector<EpochReport> epochs;
  parse_lines(path, content, [&](std::string_view line) { epochs.push_back(read_epoch(line)); });
  return epochs;
}

}  // namespace cellsweep::metrics
