// Which metric ranks the runs of a sweep, and which metrics a run has.
#include "sweep/metric.h"

#include <algorithm>
#include <string>
#include <vector>

#include "config/reader.h"
#include "model/metric.h"

namespace cellsweep::config {
namespace {

constexpr const char* loss_key = "train.loss";

bool varies_loss(const Config& config) {
  return config.sweep && config.sweep->parameters.contains(loss_key);
}

// The losses that the runs have, of which a sweep may have several.
std::vector<model::Loss> losses_of(const Config& config) {
  if (!varies_loss(config)) return {config.train.loss};
  std::vector<model::Loss> losses;
  for (const std::string& name : config.sweep->parameters.at(loss_key).values)
    if (const auto loss = from_name<model::Loss>(name)) losses.push_back(*loss);
  if (config.sweep->conditions.contains(loss_key)) losses.push_back(config.train.loss);
  return losses;
}

// Whether some run does not have the metric.
bool some_run_lacks(const Config& config, std::string_view name) {
  return std::ranges::any_of(losses_of(config), [&](model::Loss loss) {
    const auto metrics = model::metrics_of(config.train.metrics, loss);
    return std::ranges::find(metrics, model::find_metric(name)) == metrics.end();
  });
}

// Whether with mse a run cannot have the metric, whatever it measures.
bool some_run_cannot_have(const Config& config, const model::Metric& metric) {
  return std::ranges::any_of(losses_of(config), [&](model::Loss loss) { return !model::fits(metric, loss); });
}

// By which metric runs are ranked if nobody says so.
std::string usual_metric(const Config& config) {
  static const std::string usual = sweep::MetricOptions{}.name;
  return some_run_lacks(config, usual) ? std::string(sweep::metric_of_every_run) : usual;
}

// "a run has no accuracy" or "train.metrics has no accuracy", with what is before and after it in a sentence.
std::string why_missing(const Config& config, const std::string& name) {
  const model::Metric& metric = *model::find_metric(name);
  const std::string without(metric.name);
  return some_run_cannot_have(config, metric) ? ", but with train.loss mse a run has no " + without
                                              : ", but train.metrics has no " + without;
}

}  // namespace

void Reader::fill_in_metric() {
  if (!config_.sweep) return;
  sweep::MetricOptions& metric = config_.sweep->metric;
  metric.is_name_given = locations_.contains("sweep.metric.name") || misfits_.contains("sweep.metric.name");
  metric.is_goal_given = locations_.contains("sweep.metric.goal") || misfits_.contains("sweep.metric.goal");
  if (!metric.is_name_given) metric.name = usual_metric(config_);
  if (!metric.is_goal_given) metric.goal = sweep::usual_goal(metric.name);
}

void Reader::forget_missing_metric() {
  if (!config_.sweep || !some_run_lacks(config_, config_.sweep->metric.name)) return;
  locations_.erase("sweep.metric.name");
  locations_.erase("sweep.metric.goal");
}

void Reader::check_figures() const {
  const std::string& monitor = config_.train.early_stopping.monitor;
  const auto has = model::metrics_of(config_.train.metrics, config_.train.loss);
  if (std::ranges::find(has, model::find_metric(monitor)) == has.end())
    report({loss_key, "train.early_stopping.monitor"}, "train.early_stopping.monitor is " + monitor +
                                                           why_missing(config_, monitor) +
                                                           "; monitor val_loss or loss");
  if (!config_.sweep || misfits_.contains("sweep.metric.name") || misfits_.contains(loss_key)) return;
  const std::string& name = config_.sweep->metric.name;
  if (!some_run_lacks(config_, name)) return;
  const auto written = locations_.find("sweep.metric.name");
  diagnostics_.add(written == locations_.end() ? SourceLocation{} : written->second,
                   "sweep.metric.name is " + name + why_missing(config_, name) + "; rank by val_loss" +
                       (varies_loss(config_) ? ", or take mse out of sweep.parameters" : ""));
}

sweep::SweepOptions sweep_of(const Config& config) {
  if (config.sweep) return *config.sweep;
  sweep::SweepOptions one;
  one.metric.name = usual_metric(config);
  one.metric.goal = sweep::usual_goal(one.metric.name);
  return one;
}

void keep_metric(Config& config, const Config& before) {
  if (!config.sweep || !before.sweep) return;
  sweep::MetricOptions& metric = config.sweep->metric;
  const sweep::MetricOptions& past = before.sweep->metric;
  if (!metric.is_goal_given && metric.name == past.name) metric.goal = past.goal;
}

std::string metric_line(const Config& config) {
  const sweep::MetricOptions metric = sweep_of(config).metric;
  std::string line = "metric: " + metric.name + ", " + std::string(to_name(metric.goal));
  if (!metric.is_name_given)
    line +=
        " (by default, as train.loss " + std::string(varies_loss(config) ? "can be " : "is ") +
        (some_run_lacks(config, sweep::MetricOptions{}.name) ? "mse)" : "sparse_categorical_crossentropy)");
  else if (!metric.is_goal_given)
    line += " (by default, as it is " + sweep::noun_of(metric.name) + ")";
  return line;
}

}  // namespace cellsweep::config
