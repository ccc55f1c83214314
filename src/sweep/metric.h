// What follows from the name of a figure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// An accuracy, of which a regression has none.
bool is_accuracy(std::string_view metric);

// The goal where none is given: an accuracy is maximised, a loss minimised. W&B minimises both.
Goal usual_goal(std::string_view metric);

// What a person probably did not mean: a goal that turns the figure round, a target that no run can miss or
// reach. A line each, for the log.
std::vector<std::string> doubts(const MetricOptions& metric);

}  // namespace cellsweep::sweep
