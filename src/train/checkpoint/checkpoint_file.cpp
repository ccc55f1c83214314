#include "train/checkpoint/checkpoint_file.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>
#include <utility>

#include "base/checksum.h"
#include "base/error.h"
#include "metrics/report_fields.h"
#include "model/metric.h"
#include "model/weights_file.h"

namespace cellsweep::train {
namespace {

using model::Metadata;
using model::Safetensors;
using model::Tensor;

constexpr const char* format_name = "cellsweep-checkpoint";
constexpr int format_version = 1;
// Tensors of the weights' size: moments, accumulated gradients, best weights, and the weights themselves.
constexpr std::uint64_t most_buffers = 6;
// What only a run with further metrics has: (shards, sums), and (epochs, metrics), of which the metadata of
// that name lists the metrics.
constexpr const char* more_sums_name = "resume.metrics.more";
constexpr const char* more_history_name = "resume.history.metrics";
// More than any run has, and far from overflow.
constexpr std::int64_t largest_count = std::int64_t{1} << 48;

// Each number of a checkpoint with its name, for reading and for writing alike.
template <class Self, class Visit>
void for_each_number(Self& checkpoint, Visit visit) {
  auto& [config, progress, stepper] = checkpoint;
  visit("resume.epoch", progress.epoch);
  visit("resume.batch", progress.batch);
  visit("resume.steps", stepper.steps);
  visit("resume.updates", stepper.updates);
  visit("resume.early_stopping.waited", progress.early_stopping.waited);
  visit("resume.early_stopping.best", progress.early_stopping.best);
  visit("resume.learning_rate", stepper.learning_rate);
  visit("resume.seconds", progress.seconds);
  visit("resume.epoch_seconds", progress.epoch_seconds);
}

// Each buffer of floats that may be there or not.
template <class Self, class Visit>
void for_each_buffer(Self& checkpoint, Visit visit) {
  auto& [config, progress, stepper] = checkpoint;
  visit("resume.optimizer.first", stepper.first);
  visit("resume.optimizer.second", stepper.second);
  visit("resume.gradients", stepper.shards.gradients);
  visit("resume.early_stopping.parameters", progress.early_stopping.best_parameters);
  visit("resume.early_stopping.moving", progress.early_stopping.best_moving_statistics);
}

template <class Value>
constexpr const char* type_of = nullptr;
template <>
constexpr const char* type_of<double> = "F64";
template <>
constexpr const char* type_of<std::int64_t> = "I64";
template <>
constexpr const char* type_of<float> = "F32";

template <class Value>
Tensor tensor_of(std::span<const Value> values, std::vector<std::uint64_t> shape) {
  return {type_of<Value>, std::move(shape), std::as_bytes(values)};
}

constexpr const char* usual_metrics[] = {"loss", "val_loss", "accuracy", "val_accuracy"};

// The numbers of an epoch's row, in the file's order: the fields of its report, with these metrics in place
// of all. Visits each with its name, to read or to write it; NaN stands for a metric that there is not.
template <class Report, class Visit>
void for_each_column(Report& report, Visit visit) {
  metrics::for_each_field(report, [&](const char* name, auto& field) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field)>, metrics::MetricValues>)
      for (const char* metric : usual_metrics) visit(metric, field);
    else
      visit(name, field);
  });
}

// Those that have no column, of which each epoch has the same.
std::vector<std::string> more_metrics_of(const std::vector<metrics::EpochReport>& history) {
  std::vector<std::string> names;
  if (history.empty()) return names;
  for (const auto& [name, value] : history.front().metrics)
    if (std::ranges::find(usual_metrics, name) == std::end(usual_metrics)) names.push_back(name);
  return names;
}

std::vector<double> row_of(const metrics::EpochReport& report) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> row;
  for_each_column(report, [&](const char* name, const auto& field) {
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(field)>>)
      row.push_back(static_cast<double>(field));
    else
      row.push_back(field.find(name).value_or(none));
  });
  return row;
}

// How many numbers that is.
std::size_t column_count() {
  return row_of({}).size();
}

// As a trainer reports them: those of the training first.
void order_metrics(metrics::MetricValues& metrics) {
  metrics::MetricValues ordered;
  for (const std::string& name : model::metric_names())
    if (const auto value = metrics.find(name)) ordered[name] = *value;
  metrics = std::move(ordered);
}

std::string checksum_of(const Metadata& metadata, const auto& tensors) {
  Checksum checksum;
  const auto add = [&](std::string_view text) { checksum.add(std::as_bytes(std::span(text))); };
  for (const auto& [key, value] : metadata)
    if (key != "checksum") add(key + "=" + value);
  // A tensor's name and place are held against the model's, or found by name; its values are not.
  for (const auto& [name, tensor] : tensors) {
    add(name);
    checksum.add(tensor.bytes);
  }
  return fmt::format("{:016x}", checksum.value());
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string_view content)
      : path_(path), file_(model::parse_safetensors(path, content)) {
    const auto format = file_.metadata.find("format");
    if (format == file_.metadata.end() || format->second != format_name) refuse("is no checkpoint");
    const std::string& version = text("version");
    if (version != std::to_string(format_version))
      refuse(fmt::format("is of format {}, but this version reads {}", version, format_version));
    if (text("checksum") != checksum_of(file_.metadata, file_.tensors))
      refuse("is damaged: its checksum does not match its content");
  }

  [[noreturn]] void refuse(const std::string& what) const { throw UserError(path_.string() + ": " + what); }
  const Safetensors& file() const { return file_; }

  const std::string& text(const char* key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) refuse(fmt::format("has no '{}' in its metadata", key));
    return found->second;
  }

  // All values of a tensor of this name; none if there is no such tensor.
  template <class Value>
  std::vector<Value> values(const char* name) const {
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) return {};
    const Tensor& tensor = found->second;
    if (tensor.type != type_of<Value>)
      refuse(fmt::format("'{}' has dtype {}, but must have {}", name, tensor.type, type_of<Value>));
    std::vector<Value> values(tensor.bytes.size() / sizeof(Value));
    if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(Value));
    return values;
  }

  template <class Value>
  Value number(const char* name) const {
    const std::vector<Value> all = values<Value>(name);
    if (all.size() != 1) refuse(fmt::format("'{}' must be one number", name));
    return all.front();
  }

 private:
  const std::filesystem::path& path_;
  Safetensors file_;
};

void read_numbers(const Reader& reader, Checkpoint& checkpoint) {
  for_each_number(checkpoint, [&]<class Value>(const char* name, Value& value) {
    value = reader.number<Value>(name);
    if constexpr (std::is_same_v<Value, std::int64_t>)
      if (value < 0 || value > largest_count) reader.refuse(fmt::format("'{}' is {}", name, value));
  });
}

metrics::EpochReport report_of(const Reader& reader, std::span<const double> row) {
  metrics::EpochReport report;
  for_each_column(report, [&]<class Field>(const char* name, Field& field) {
    const double value = row.front();
    row = row.subspan(1);
    if constexpr (std::is_same_v<Field, std::int64_t>) {
      if (!(value >= 0 && value <= double{largest_count}))
        reader.refuse("'resume.history' has a count out of range");
      field = static_cast<std::int64_t>(value);
    } else if constexpr (std::is_same_v<Field, double>) {
      field = value;
    } else if (!std::isnan(value)) {
      field[name] = value;
    }
  });
  return report;
}

void read_more_history(const Reader& reader, std::vector<metrics::EpochReport>& history) {
  const std::vector<double> values = reader.values<double>(more_history_name);
  if (values.empty()) return;
  std::vector<std::string> names;
  std::istringstream list(reader.text(more_history_name));
  for (std::string name; list >> name;) names.push_back(name);
  if (values.size() != names.size() * history.size())
    reader.refuse(fmt::format("'{}' must have {} numbers for each of {} epochs", more_history_name,
                              names.size(), history.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    history[i / names.size()].metrics[names[i % names.size()]] = values[i];
}

void read_history(const Reader& reader, Progress& progress) {
  const std::vector<double> rows = reader.values<double>("resume.history");
  const std::size_t columns = column_count();
  if (rows.size() % columns != 0 || rows.size() / columns != static_cast<std::size_t>(progress.epoch))
    reader.refuse(
        fmt::format("'resume.history' must have {} numbers for each of {} epochs", columns, progress.epoch));
  for (std::size_t at = 0; at < rows.size(); at += columns)
    progress.history.push_back(report_of(reader, std::span(rows).subspan(at, columns)));
  read_more_history(reader, progress.history);
  for (metrics::EpochReport& report : progress.history) order_metrics(report.metrics);
}

void read_shards(const Reader& reader, ShardSums& shards) {
  const std::vector<double> losses = reader.values<double>("resume.metrics.loss");
  const std::vector<std::int64_t> counts = reader.values<std::int64_t>("resume.metrics.counts");
  if (losses.empty() || counts.size() != 2 * losses.size())
    reader.refuse("'resume.metrics' must have a loss and two counts for each shard");
  const std::vector<double> more = reader.values<double>(more_sums_name);
  const std::size_t size = more.size() / losses.size();
  if (more.size() % losses.size() != 0)
    reader.refuse(fmt::format("'{}' must have as many values for each shard", more_sums_name));
  for (std::size_t shard = 0; shard < losses.size(); ++shard) {
    const auto mine = std::span(more).subspan(shard * size, size);
    shards.metrics.push_back(
        {losses[shard], counts[2 * shard], counts[2 * shard + 1], {mine.begin(), mine.end()}});
  }
}

void check_sizes(const Reader& reader, const Checkpoint& checkpoint, const model::Layout& layout) {
  const std::size_t shards = checkpoint.stepper.shards.metrics.size();
  for_each_buffer(checkpoint, [&](const char* name, const std::vector<float>& buffer) {
    std::size_t size = layout.trainable_size;
    if (&buffer == &checkpoint.progress.early_stopping.best_moving_statistics)
      size = layout.moving_statistics_size;
    if (&buffer == &checkpoint.stepper.shards.gradients) size *= shards;
    if (!buffer.empty() && buffer.size() != size)
      reader.refuse(fmt::format("'{}' has {} values, but this model needs {}", name, buffer.size(), size));
  });
  const EarlyStopping::State& state = checkpoint.progress.early_stopping;
  if (state.best_parameters.empty() && !state.best_moving_statistics.empty())
    reader.refuse("'resume.early_stopping.parameters' is missing");
  if (!state.best_parameters.empty() &&
      state.best_moving_statistics.size() != checkpoint.stepper.moving_statistics.size())
    reader.refuse("'resume.early_stopping.moving' is missing");
}

}  // namespace

std::uint64_t largest_checkpoint(const model::Layout& layout) {
  // A gigabyte for history, sums and gradients of any number of shards.
  constexpr std::uint64_t rest = std::uint64_t{1} << 30;
  return rest + most_buffers * sizeof(float) *
                    static_cast<std::uint64_t>(layout.trainable_size + layout.moving_statistics_size);
}

std::string to_bytes(const Checkpoint& checkpoint, const model::Layout& layout) {
  const auto& [config, progress, stepper] = checkpoint;
  // Tensors of 8-byte values come first, so that all lie aligned.
  std::vector<std::pair<std::string, Tensor>> tensors;
  for_each_number(checkpoint, [&]<class Value>(const char* name, const Value& value) {
    tensors.emplace_back(name, tensor_of(std::span(&value, 1), {1}));
  });
  std::vector<double> rows;
  for (const metrics::EpochReport& report : progress.history) {
    const std::vector<double> row = row_of(report);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  tensors.emplace_back("resume.history",
                       tensor_of(std::span<const double>(rows), {progress.history.size(), column_count()}));
  const std::vector<std::string> more_names = more_metrics_of(progress.history);
  std::vector<double> more_rows;
  for (const metrics::EpochReport& report : progress.history)
    for (const std::string& name : more_names)
      more_rows.push_back(report.metrics.find(name).value_or(std::numeric_limits<double>::quiet_NaN()));
  if (!more_rows.empty())
    tensors.emplace_back(more_history_name, tensor_of(std::span<const double>(more_rows),
                                                      {progress.history.size(), more_names.size()}));
  std::vector<double> losses;
  std::vector<std::int64_t> counts;
  std::vector<double> more;
  for (const model::MetricSums& shard : stepper.shards.metrics) {
    losses.push_back(shard.loss);
    counts.insert(counts.end(), {shard.correct, shard.samples});
    more.insert(more.end(), shard.more.begin(), shard.more.end());
  }
  tensors.emplace_back("resume.metrics.loss", tensor_of(std::span<const double>(losses), {losses.size()}));
  tensors.emplace_back("resume.metrics.counts",
                       tensor_of(std::span<const std::int64_t>(counts), {losses.size(), 2}));
  if (!more.empty())
    tensors.emplace_back(more_sums_name, tensor_of(std::span<const double>(more),
                                                   {losses.size(), more.size() / losses.size()}));
  for (auto& weight : model::weight_tensors(layout, stepper.parameters, stepper.moving_statistics))
    tensors.push_back(std::move(weight));
  for_each_buffer(checkpoint, [&](const char* name, const std::vector<float>& buffer) {
    if (!buffer.empty())
      tensors.emplace_back(name, tensor_of(std::span<const float>(buffer), {buffer.size()}));
  });
  Metadata metadata{{"format", format_name},
                    {"version", std::to_string(format_version)},
                    {"config", config},
                    {"reason", progress.reason},
                    {"early_stopping", progress.early_stopping.any ? "begun" : "not begun"}};
  if (!more_names.empty()) metadata[more_history_name] = fmt::format("{}", fmt::join(more_names, " "));
  // In the order in which a reader has them.
  metadata["checksum"] = checksum_of(metadata, std::map<std::string, Tensor>(tensors.begin(), tensors.end()));
  return model::to_safetensors(metadata, tensors);
}

Checkpoint checkpoint_from_bytes(const std::filesystem::path& path, std::string_view content,
                                 const model::Layout& layout) {
  const Reader reader(path, content);
  Checkpoint checkpoint{.config = reader.text("config"), .progress = {}, .stepper = {}};
  auto& [config, progress, stepper] = checkpoint;
  read_numbers(reader, checkpoint);
  progress.reason = reader.text("reason");
  progress.early_stopping.any = reader.text("early_stopping") == "begun";
  read_history(reader, progress);
  read_shards(reader, stepper.shards);
  stepper.parameters.resize(layout.trainable_size);
  stepper.moving_statistics.resize(layout.moving_statistics_size);
  model::read_weights(path, reader.file(), layout, stepper.parameters, stepper.moving_statistics);
  for_each_buffer(checkpoint,
                  [&](const char* name, std::vector<float>& buffer) { buffer = reader.values<float>(name); });
  check_sizes(reader, checkpoint, layout);
  return checkpoint;
}

}  // namespace cellsweep::train
