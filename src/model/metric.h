// What is measured of a model: the table of all metrics, in which a row is all that there is to a metric.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_names.h"
#include "base/goal.h"
#include "model/model_options.h"
#include "model/more_sums.h"
#include "model/network.h"

namespace cellsweep::model {

// The tasks for which a metric has a meaning.
enum class Task { any, classification, regression };

// No metric is below 0; a ratio is from 0 to 1.
enum class Unit { none, ratio, unit_of_targets };

}  // namespace cellsweep::model

namespace cellsweep {

template <>
inline constexpr auto enum_names<model::Unit> =
    std::to_array<std::string_view>({"", "ratio", "unit of the targets"});

}  // namespace cellsweep

namespace cellsweep::model {

struct Metric {
  std::string_view name;     // Keras', in training; in validation "val_" stands before it
  std::string_view noun;     // what it is, in a sentence: "a loss"
  std::string_view meaning;  // what it measures: "Mean loss"
  Goal goal;
  Unit unit;
  Task task;
  std::int64_t least_classes;  // of a classification; with fewer it would say nothing
  MoreSums needs;              // beside the loss, the hits and the samples
  double (*value)(const MetricSums& sums, const SumsLayout& layout);  // of at least one sample
};

// What it measures and in which unit: "Share of hits (ratio)".
std::string description(const Metric& metric);

// In the order in which they are shown and stored.
std::span<const Metric> all_metrics();

// The metric that `name` is, in training or in validation; null if there is none.
const Metric* find_metric(std::string_view name);

// All names: of the training's metrics, then of the validation's.
std::vector<std::string> metric_names();

// What a run measures, in the table's order: its loss, and `wanted` ones; if unset, the accuracy of a
// classification. Names without a metric, or with one of another task, are passed over.
std::vector<const Metric*> metrics_of(const std::optional<std::vector<std::string>>& wanted, Loss loss);

// Whether a run of that loss can have the metric.
bool fits(const Metric& metric, Loss loss);

}  // namespace cellsweep::model
