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
  // Whether there are weights of a best epoch to end with, as the options ask for; then best_parameters() and
  // best_moving() are those.
  bool has_best() const { return !best_parameters_.empty(); }
  std::span<const float> best_parameters() const { return best_parameters_; }
  std::span<const float> best_moving() const { return best_moving_; }

 private:
  EarlyStoppingOptions options_;
  double best_ = 0;
  std::int64_t waited_ = 0;
  bool any_ = false;
  std::vector<float> best_parameters_;
  std::vector<float> best_moving_;
};

}  // namespace cellsweep::train
