#include "train/early_stopping.h"

#include <string>

#include "base/error.h"
#include "model/metric.h"

namespace cellsweep::train {

float score(std::string_view monitor, const metrics::EpochReport& epoch) {
  const auto value = epoch.metrics.find(monitor);
  const model::Metric* const metric = model::find_metric(monitor);
  if (!value || metric == nullptr)
    throw Error("a run without " + std::string(monitor) + " cannot be judged by it");
  const auto rounded = static_cast<float>(*value);
  return metric->goal == Goal::minimize ? -rounded : rounded;
}

bool EarlyStopping::should_stop(const metrics::EpochReport& epoch, std::span<const float> parameters,
                                std::span<const float> moving_statistics) {
  if (!options_.patience) return false;
  const float now = score(options_.monitor, epoch);
  if (!state_.any || static_cast<float>(now - options_.min_delta) > static_cast<float>(state_.best)) {
    state_.any = true;
    state_.best = now;
    state_.waited = 0;
    if (options_.restore_best_weights) {
      state_.best_parameters.assign(parameters.begin(), parameters.end());
      state_.best_moving_statistics.assign(moving_statistics.begin(), moving_statistics.end());
    }
    return false;
  }
  return ++state_.waited >= *options_.patience;
}

}  // namespace cellsweep::train
