// Ends a run that no longer improves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/observer.h"
#include "train/train_options.h"

namespace cellsweep::train {

// The monitored metric of an epoch as Keras has it, a 32-bit float, turned so that larger is better. Throws
// Error if the run has no such metric.
float score(std::string_view monitor, const metrics::EpochReport& epoch);

// Keras' EarlyStopping: an epoch is an improvement if its metric, less min_delta, is strictly better than
// the best one before, both rounded to 32 bits. It decides from metrics that are the same on every rank, so
// all ranks decide alike.
class EarlyStopping {
 public:
  explicit EarlyStopping(const EarlyStoppingOptions& options) : options_(options) {}

  // What it remembers.
  struct State {
    bool any = false;  // an epoch has been
    double best = 0;   // the best one's score
    std::int64_t waited = 0;
    std::vector<float> best_parameters, best_moving_statistics;  // empty if none are asked for
  };
  const State& state() const { return state_; }
  void restore(State state) { state_ = std::move(state); }

  // Takes the metrics and the weights of an epoch; true when the run should end.
  bool should_stop(const metrics::EpochReport& epoch, std::span<const float> parameters,
                   std::span<const float> moving_statistics);
  // Whether there are weights of a best epoch to end with, as the options ask for; then best_parameters() and
  // best_moving_statistics() are those.
  bool has_best() const { return !state_.best_parameters.empty(); }
  std::span<const float> best_parameters() const { return state_.best_parameters; }
  std::span<const float> best_moving_statistics() const { return state_.best_moving_statistics; }

 private:
  EarlyStoppingOptions options_;
  State state_;
};

}  // namespace cellsweep::train
