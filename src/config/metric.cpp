// Which figure ranks the runs of a sweep, and which figures a run has.
#include "sweep/metric.h"

#include <algorithm>
#include <string>

#include "config/reader.h"

namespace cellsweep::config {
namespace {

constexpr const char* loss_key = "train.loss";

bool varies_loss(const Config& config) {
  return config.sweep && config.sweep->parameters.contains(loss_key);
}

// Whether some run trains with mse, and so has no accuracy.
bool may_lack_accuracy(const Config& config) {
  const bool is_mse = config.train.loss == model::Loss::mse;
  if (!varies_loss(config)) return is_mse;
  const sweep::Values& values = config.sweep->parameters.at(loss_key).values;
  return (is_mse && config.sweep->conditions.contains(loss_key)) ||
         std::ranges::find(values, to_name(model::Loss::mse)) != values.end();
}

// A figure that every run has.
std::string usual_metric(const Config& config) {
  return may_lack_accuracy(config) ? "val_loss" : "val_accuracy";
}

}  // namespace

void Reader::fill_in_metric() {
  if (!config_.sweep) return;
  sweep::MetricOptions& metric = config_.sweep->metric;
  metric.is_name_given = places_.contains("sweep.metric.name") || misfits_.contains("sweep.metric.name");
  metric.is_goal_given = places_.contains("sweep.metric.goal") || misfits_.contains("sweep.metric.goal");
  if (!metric.is_name_given) metric.name = usual_metric(config_);
  if (!metric.is_goal_given) metric.goal = sweep::usual_goal(metric.name);
}

void Reader::forget_missing_metric() {
  if (!config_.sweep || !may_lack_accuracy(config_) || !sweep::is_accuracy(config_.sweep->metric.name))
    return;
  places_.erase("sweep.metric.name");
  places_.erase("sweep.metric.goal");
}

void Reader::check_figures() const {
  const bool is_regression = config_.train.loss == model::Loss::mse;
  const std::string monitor(to_name(config_.train.early_stopping.monitor));
  if (is_regression && sweep::is_accuracy(monitor))
    report({loss_key, "train.early_stopping.monitor"},
           "train.early_stopping.monitor is " + monitor +
               ", but with train.loss mse a run has no accuracy; monitor val_loss or loss");
  if (!config_.sweep || misfits_.contains("sweep.metric.name") || misfits_.contains(loss_key)) return;
  const std::string& name = config_.sweep->metric.name;
  if (!sweep::is_accuracy(name) || !may_lack_accuracy(config_)) return;
  const auto written = places_.find("sweep.metric.name");
  diagnostics_.add(written == places_.end() ? Place{} : written->second,
                   "sweep.metric.name is " + name +
                       ", but with train.loss mse a run has no accuracy; rank by val_loss" +
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
    line += " (by default, as train.loss " + std::string(varies_loss(config) ? "can be " : "is ") +
            (may_lack_accuracy(config) ? "mse)" : "sparse_categorical_crossentropy)");
  else if (!metric.is_goal_given)
    line += std::string(" (by default, as it is ") +
            (sweep::is_accuracy(metric.name) ? "an accuracy)" : "a loss)");
  return line;
}

}  // namespace cellsweep::config
