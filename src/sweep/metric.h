// What follows from the name of a sweep's metric.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// What each run has, whatever it trains on and measures.
inline constexpr std::string_view metric_of_every_run = "val_loss";

// The goal if none is given: that of the table of metrics, such as to maximise an accuracy. W&B minimises
// all.
Goal usual_goal(std::string_view metric);

// What the metric is, in a sentence: "a loss".
std::string noun_of(std::string_view metric);

// What a person probably did not mean: a goal that turns the metric round, a target that no run can miss or
// reach. A line each, for the log.
std::vector<std::string> doubts(const MetricOptions& metric);

}  // namespace cellsweep::sweep
