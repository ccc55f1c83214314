#include "train/early_stopping.h"

namespace cellsweep::train {

double score(Monitor monitor, const metrics::EpochReport& epoch) {
  switch (monitor) {
    case Monitor::loss:
      return -epoch.loss;
    case Monitor::val_loss:
      return -epoch.val_loss;
    case Monitor::accuracy:
      return epoch.accuracy.value_or(0);
    case Monitor::val_accuracy:
      return epoch.val_accuracy.value_or(0);
  }
  return 0;
}

bool EarlyStopping::should_stop(const metrics::EpochReport& epoch, std::span<const float> parameters,
                                std::span<const float> moving) {
  if (!options_.patience) return false;
  const double now = score(options_.monitor, epoch);
  if (!state_.any || now - options_.min_delta > state_.best) {
    state_.any = true;
    state_.best = now;
    state_.waited = 0;
    if (options_.restore_best_weights) {
      state_.best_parameters.assign(parameters.begin(), parameters.end());
      state_.best_moving.assign(moving.begin(), moving.end());
    }
    return false;
  }
  return ++state_.waited >= *options_.patience;
}

}  // namespace cellsweep::train
