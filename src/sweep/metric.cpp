#include "sweep/metric.h"

#include <spdlog/fmt/fmt.h>

#include "model/metric.h"

namespace cellsweep::sweep {

Goal usual_goal(std::string_view metric) {
  const model::Metric* const found = model::find_metric(metric);
  return found == nullptr ? Goal::minimize : found->goal;
}

std::string noun_of(std::string_view metric) {
  const model::Metric* const found = model::find_metric(metric);
  return found == nullptr ? "a metric" : std::string(found->noun);
}

std::vector<std::string> doubts(const MetricOptions& metric) {
  std::vector<std::string> lines;
  const model::Metric* const found = model::find_metric(metric.name);
  if (found == nullptr) return lines;
  if (metric.goal != found->goal)
    lines.push_back(
        fmt::format("sweep.metric.goal is {}, but {} is {}: the run with the {} {} counts as the best",
                    to_name(metric.goal), metric.name, found->noun,
                    metric.goal == Goal::maximize ? "greatest" : "least", metric.name));
  if (metric.target && found->unit == model::Unit::ratio && (*metric.target < 0 || *metric.target > 1))
    lines.push_back(
        fmt::format("sweep.metric.target is {:g}, but {} is from 0 to 1", *metric.target, metric.name));
  if (metric.target && found->unit != model::Unit::ratio && *metric.target < 0)
    lines.push_back(
        fmt::format("sweep.metric.target is {:g}, but {} is never below 0", *metric.target, metric.name));
  return lines;
}

}  // namespace cellsweep::sweep
