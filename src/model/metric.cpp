#include "model/metric.h"

#include <algorithm>
#include <cmath>

#include "base/metric_name.h"

namespace cellsweep::model {
namespace {

double per_sample(double sum, const MetricSums& sums) {
  return sum / static_cast<double>(sums.samples);
}

double at(const MetricSums& sums, std::int64_t place) {
  return sums.more[place];
}

// A class's sums of MoreSums::class_counts.
struct ClassCounts {
  double actual, predicted, hits;
};

ClassCounts counts_of(const MetricSums& sums, const SumsLayout& layout, std::int64_t label) {
  const std::int64_t first = layout.class_counts + label;
  return {at(sums, first), at(sums, first + layout.classes), at(sums, first + 2 * layout.classes)};
}

// As scikit-learn's balanced_accuracy_score.
double balanced_accuracy(const MetricSums& sums, const SumsLayout& layout) {
  double recalls = 0, classes = 0;
  for (std::int64_t label = 0; label < layout.classes; ++label) {
    const ClassCounts counts = counts_of(sums, layout, label);
    if (counts.actual == 0) continue;
    recalls += counts.hits / counts.actual;
    ++classes;
  }
  return recalls / classes;
}

// As Keras' F1Score(average="macro"): a class that no sample has and none is taken for counts as 0.
double macro_f1(const MetricSums& sums, const SumsLayout& layout) {
  double scores = 0;
  for (std::int64_t label = 0; label < layout.classes; ++label) {
    const ClassCounts counts = counts_of(sums, layout, label);
    if (counts.hits > 0) scores += 2 * counts.hits / (counts.actual + counts.predicted);
  }
  return scores / static_cast<double>(layout.classes);
}

constexpr std::string_view loss_name = "loss";

constexpr Metric table[] = {
    {.name = loss_name,
     .noun = "a loss",
     .meaning = "Mean loss",
     .goal = Goal::minimize,
     .unit = Unit::none,
     .task = Task::any,
     .least_classes = 0,
     .needs = MoreSums::none,
     .value = [](const MetricSums& sums, const SumsLayout&) { return per_sample(sums.loss, sums); }},
    {.name = "accuracy",
     .noun = "an accuracy",
     .meaning = "Share of hits",
     .goal = Goal::maximize,
     .unit = Unit::ratio,
     .task = Task::classification,
     .least_classes = 0,
     .needs = MoreSums::none,
     .value = [](const MetricSums& sums,
                 const SumsLayout&) { return per_sample(static_cast<double>(sums.correct), sums); }},
    {.name = "top_5_accuracy",
     .noun = "an accuracy",
     .meaning = "Share of samples whose label has one of the five largest outputs",
     .goal = Goal::maximize,
     .unit = Unit::ratio,
     .task = Task::classification,
     .least_classes = 6,
     .needs = MoreSums::top_5_hits,
     .value = [](const MetricSums& sums,
                 const SumsLayout& layout) { return per_sample(at(sums, layout.top_5_hits), sums); }},
    {.name = "balanced_accuracy",
     .noun = "an accuracy",
     .meaning = "Mean share of hits over the classes that the samples have",
     .goal = Goal::maximize,
     .unit = Unit::ratio,
     .task = Task::classification,
     .least_classes = 0,
     .needs = MoreSums::class_counts,
     .value = balanced_accuracy},
    {.name = "f1_score",
     .noun = "a score",
     .meaning = "Macro F1 score, the mean over all classes of the harmonic mean of precision and recall",
     .goal = Goal::maximize,
     .unit = Unit::ratio,
     .task = Task::classification,
     .least_classes = 0,
     .needs = MoreSums::class_counts,
     .value = macro_f1},
    {.name = "mean_absolute_error",
     .noun = "an error",
     .meaning = "Mean absolute difference of output and target",
     .goal = Goal::minimize,
     .unit = Unit::unit_of_targets,
     .task = Task::regression,
     .least_classes = 0,
     .needs = MoreSums::absolute_error,
     .value = [](const MetricSums& sums,
                 const SumsLayout& layout) { return per_sample(at(sums, layout.absolute_error), sums); }},
    {.name = "root_mean_squared_error",
     .noun = "an error",
     .meaning = "Root of the mean squared difference of output and target",
     .goal = Goal::minimize,
     .unit = Unit::unit_of_targets,
     .task = Task::regression,
     .least_classes = 0,
     .needs = MoreSums::squared_error,
     .value =
         [](const MetricSums& sums, const SumsLayout& layout) {
           return std::sqrt(per_sample(at(sums, layout.squared_error), sums));
         }},
};

}  // namespace

std::string description(const Metric& metric) {
  std::string text(metric.meaning);
  if (metric.unit != Unit::none) text.append(" (").append(to_name(metric.unit)).append(")");
  return text;
}

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
