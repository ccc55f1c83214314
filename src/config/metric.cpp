// Which metric ranks the runs of a sweep, and which metrics a run has.
#include "sweep/metric.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "config/reader.h"
#include "config/spelling.h"
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

// The loss of some run that cannot have the metric, whatever it measures; unset if there is none.
std::optional<model::Loss> loss_without(const Config& config, const model::Metric& metric) {
  for (const model::Loss loss : losses_of(config))
    if (!model::fits(metric, loss)) return loss;
  return std::nullopt;
}

// The metric by which runs are ranked if the config names none.
std::string usual_metric(const Config& config) {
  static const std::string usual = sweep::MetricOptions{}.name;
  return some_run_lacks(config, usual) ? std::string(sweep::metric_of_every_run) : usual;
}

// Why some run does not have the metric of that name: the middle of a sentence.
std::string why_missing(const Config& config, const std::string& name) {
  const model::Metric& metric = *model::find_metric(name);
  const auto loss = loss_without(config, metric);
  return (loss ? ", but with train.loss " + std::string(to_name(*loss)) + " a run has no "
               : ", but train.metrics has no ") +
         std::string(metric.name);
}

// What decides on usual_metric().
std::string why_usual(const Config& config) {
  const std::vector<model::Loss> losses = losses_of(config);
  const bool has_mse = std::ranges::find(losses, model::Loss::mse) != losses.end();
  if (!has_mse && some_run_lacks(config, sweep::MetricOptions{}.name)) return "train.metrics has no accuracy";
  return std::string(varies_loss(config) ? "train.loss can be " : "train.loss is ") +
         std::string(to_name(has_mse ? model::Loss::mse : model::Loss::sparse_categorical_crossentropy));
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

// Each of train.metrics is one that a run of this loss can have.
void Reader::check_measured() const {
  if (!config_.train.metrics) return;
  const model::Loss loss = config_.train.loss;
  std::vector<std::string> fitting;
  for (const model::Metric& metric : model::all_metrics())
    if (metric.task != model::Task::any && model::fits(metric, loss)) fitting.emplace_back(metric.name);
  for (const std::string& name : *config_.train.metrics)
    if (!model::fits(*model::find_metric(name), loss))
      report({loss_key, "train.metrics"}, "train.metrics has " + name + ", but with train.loss " +
                                              std::string(to_name(loss)) + " a run has no " + name +
                                              "; there are " + joined(fitting));
}

void Reader::check_metric_names() const {
  check_measured();
  const std::string& monitor = config_.train.early_stopping.monitor;
  const auto has = model::metrics_of(config_.train.metrics, config_.train.loss);
  if (std::ranges::find(has, model::find_metric(monitor)) == has.end())
    report({loss_key, "train.early_stopping.monitor"}, "train.early_stopping.monitor is " + monitor +
                                                           why_missing(config_, monitor) +
                                                           "; monitor val_loss or loss");
  if (!config_.sweep || misfits_.contains("sweep.metric.name") || misfits_.contains(loss_key)) return;
  const std::string& name = config_.sweep->metric.name;
  if (!some_run_lacks(config_, name)) return;
  const auto loss = loss_without(config_, *model::find_metric(name));
  const auto written = locations_.find("sweep.metric.name");
  diagnostics_.add(written == locations_.end() ? SourceLocation{} : written->second,
                   "sweep.metric.name is " + name + why_missing(config_, name) + "; rank by val_loss" +
                       (loss && varies_loss(config_)
                            ? ", or take " + std::string(to_name(*loss)) + " out of sweep.parameters"
                            : ""));
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
    line += " (by default, as " + why_usual(config) + ")";
  else if (!metric.is_goal_given)
    line += " (by default, as it is " + sweep::noun_of(metric.name) + ")";
  return line;
}

}  // namespace cellsweep::config
