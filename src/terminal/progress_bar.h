// The text of Keras' progress line. Pure functions: no clock, no output.
#pragma once

#include <cstdint>
#include <string>

#include "metrics/metric_values.h"

namespace cellsweep::terminal {

// " - accuracy: 0.7026 - loss: 0.9472": in the order of the names, "%.4f" above 1e-3 and "%.4e" below.
std::string format_metrics(const metrics::MetricValues& metrics);

// One step's time with the unit Keras would choose: "5ms/step".
std::string format_step_time(double seconds);

// Time left: "9s", "2:05", "1:02:05".
std::string format_time_left(double seconds);

// "  3/938 ━━━━━━━━━━━━━━━━━━━━". Only colour distinguishes the cells that are done from the others, as in
// Keras.
std::string format_bar(std::int64_t done, std::int64_t total, bool colour);

// Seconds a step of an epoch that took `seconds` for `steps` steps. The first step, which pays for warming
// up, does not count if there are others.
double seconds_per_step(double seconds, double first_step_seconds, std::int64_t steps);

}  // namespace cellsweep::terminal
