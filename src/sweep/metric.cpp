#include "sweep/metric.h"

#include <spdlog/fmt/fmt.h>

namespace cellsweep::sweep {

bool is_accuracy(std::string_view metric) {
  return metric.ends_with("accuracy");
}

Goal usual_goal(std::string_view metric) {
  return is_accuracy(metric) ? Goal::maximize : Goal::minimize;
}

std::vector<std::string> doubts(const MetricOptions& metric) {
  std::vector<std::string> lines;
  if (metric.goal != usual_goal(metric.name))
    lines.push_back(
        fmt::format("sweep.metric.goal is {}, but {} is {}: the run with the {} {} counts as the best",
                    to_name(metric.goal), metric.name, is_accuracy(metric.name) ? "an accuracy" : "a loss",
                    metric.goal == Goal::maximize ? "greatest" : "least", metric.name));
  if (metric.target && is_accuracy(metric.name) && (*metric.target < 0 || *metric.target > 1))
    lines.push_back(
        fmt::format("sweep.metric.target is {:g}, but {} is from 0 to 1", *metric.target, metric.name));
  if (metric.target && !is_accuracy(metric.name) && *metric.target < 0)
    lines.push_back(
        fmt::format("sweep.metric.target is {:g}, but {} is never below 0", *metric.target, metric.name));
  return lines;
}

}  // namespace cellsweep::sweep
