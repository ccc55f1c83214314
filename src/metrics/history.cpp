#include "metrics/history.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/lines.h"

namespace cellsweep::metrics {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no NaN and no infinity.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

double read_number(const Json& line, const char* key) {
  const Json& value = line.at(key);
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) throw Error(std::string(key) + " must be a number or null");
  return value.get<double>();
}

std::optional<double> read_optional(const Json& line, const char* key) {
  return line.contains(key) ? std::optional(read_number(line, key)) : std::nullopt;
}

std::int64_t read_count(const Json& line, const char* key) {
  const Json& value = line.at(key);
  if (!value.is_number_integer()) throw Error(std::string(key) + " must be an integer");
  return value.get<std::int64_t>();
}

EpochReport read_epoch(std::string_view text) {
  const Json line = Json::parse(text);
  if (!line.is_object()) throw Error("must be a JSON object, one a line");
  EpochReport report;
  report.epoch = read_count(line, "epoch");
  report.step = read_count(line, "step");
  report.loss = read_number(line, "loss");
  report.accuracy = read_optional(line, "accuracy");
  report.val_loss = read_number(line, "val_loss");
  report.val_accuracy = read_optional(line, "val_accuracy");
  report.learning_rate = read_number(line, "learning_rate");
  report.seconds = read_number(line, "seconds");
  report.samples_per_second = read_number(line, "samples_per_second");
  return report;
}

std::string line_of(const EpochReport& report) {
  Json line;
  line["epoch"] = report.epoch;
  line["step"] = report.step;
  line["loss"] = number(report.loss);
  if (report.accuracy) line["accuracy"] = number(*report.accuracy);
  line["val_loss"] = number(report.val_loss);
  if (report.val_accuracy) line["val_accuracy"] = number(*report.val_accuracy);
  line["learning_rate"] = number(report.learning_rate);
  line["seconds"] = number(report.seconds);
  line["samples_per_second"] = number(report.samples_per_second);
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
