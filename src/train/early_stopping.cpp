#include "train/early_stopping.h"

namespace cellsweep::train {
namespace {

// The monitored figure, turned so that larger is better.
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

}  // namespace

bool EarlyStopping::should_stop(const metrics::EpochReport& epoch, std::span<const float> parameters,
                                std::span<const float> moving) {
  if (!options_.patience) return false;
  const double now = score(options_.monitor, epoch);
  if (!any_ || now - options_.min_delta > best_) {
    any_ = true;
    best_ = now;
    waited_ = 0;
    if (options_.restore_best_weights) {
      best_parameters_.assign(parameters.begin(), parameters.end());
      best_moving_.assign(moving.begin(), moving.end());
    }
    return false;
  }
  return ++waited_ >= *options_.patience;
}

}  // namespace cellsweep::train
