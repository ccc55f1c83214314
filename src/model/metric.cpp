#include "model/metric.h"

#include <algorithm>

#include "base/metric_name.h"

namespace cellsweep::model {
namespace {

double per_sample(double sum, const MetricSums& sums) {
  return sum / static_cast<double>(sums.samples);
}

constexpr std::string_view loss_name = "loss";

constexpr Metric table[] = {
    {.name = loss_name,
     .noun = "a loss",
     .meaning = "Mean loss",
     .goal = Goal::minimize,
     .is_share = false,
     .task = Task::any,
     .least_classes = 0,
     .value = [](const MetricSums& sums) { return per_sample(sums.loss, sums); }},
    {.name = "accuracy",
     .noun = "an accuracy",
     .meaning = "Share of hits",
     .goal = Goal::maximize,
     .is_share = true,
     .task = Task::classification,
     .least_classes = 0,
     .value = [](const MetricSums& sums) { return per_sample(static_cast<double>(sums.correct), sums); }},
};

}  // namespace

std::span<const Metric> all_metrics() {
  return table;
}

const Metric* find_metric(std::string_view name) {
  const auto found = std::ranges::find(table, without_validation(name), &Metric::name);
  return found == std::end(table) ? nullptr : found;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const std::string_view prefix : {std::string_view(), validation_prefix})
    for (const Metric& metric : table) names.push_back(std::string(prefix) + std::string(metric.name));
  return names;
}

std::vector<const Metric*> metrics_of(const std::optional<std::vector<std::string>>& wanted, Loss loss) {
  static const std::vector<std::string> usual{"accuracy"};
  const std::vector<std::string>& names = wanted ? *wanted : usual;
  std::vector<const Metric*> metrics;
  for (const Metric& metric : table)
    if (metric.name == loss_name ||
        (fits(metric, loss) && std::ranges::find(names, metric.name) != names.end()))
      metrics.push_back(&metric);
  return metrics;
}

bool fits(const Metric& metric, Loss loss) {
  return metric.task == Task::any || (metric.task == Task::regression) == (loss == Loss::mse);
}

}  // namespace cellsweep::model
