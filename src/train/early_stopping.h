#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/observer.h"
#include "train/train_options.h"

namespace cellsweep::train {

// Keras' EarlyStopping. It decides from figures that are the same on every rank, so all ranks decide alike.
class EarlyStopping {
 public:
  explicit EarlyStopping(const EarlyStoppingOptions& options) : options_(options) {}

  // Takes the figures and the weights of an epoch; true when the run should end.
  bool should_stop(const metrics::EpochReport& epoch, std::span<const float> parameters,
                   std::span<const float> moving);
  // Writes the weights of the best epoch back, where the options ask for it and there was one.
  void restore_best(std::span<float> parameters, std::span<float> moving) const;

 private:
  EarlyStoppingOptions options_;
  double best_ = 0;
  std::int64_t waited_ = 0;
  bool any_ = false;
  std::vector<float> best_parameters_;
  std::vector<float> best_moving_;
};

}  // namespace cellsweep::train
