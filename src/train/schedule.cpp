#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cellsweep::train {

double learning_rate(const ScheduleOptions& options, double base, std::int64_t update,
                     std::int64_t total_updates) {
  if (update < options.warmup_steps)
    return base * static_cast<double>(update) / static_cast<double>(options.warmup_steps);
  const std::int64_t since_warmup = update - options.warmup_steps;
  const std::int64_t decay_steps =
      std::max<std::int64_t>(1, options.decay_steps.value_or(total_updates - options.warmup_steps));
  const std::int64_t decays = since_warmup / decay_steps;
  switch (options.name) {
    case ScheduleName::constant:
      return base;
    case ScheduleName::step:
      return base * std::pow(options.decay_rate, static_cast<double>(decays));
    case ScheduleName::cosine: {
      const double done = std::min(1.0, static_cast<double>(since_warmup) / static_cast<double>(decay_steps));
      return base * ((1 - options.alpha) * 0.5 * (1 + std::cos(std::numbers::pi * done)) + options.alpha);
    }
  }
  return base;
}

}  // namespace cellsweep::train
