// From gradients to new weights, on flat buffers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/layout.h"
#include "train/train_options.h"

namespace cellsweep::train {

// Keras' clipping of gradients, in place: by value, or by the norm of each weight, or by the norm of all
// together, whichever the options set.
void clip_gradients(const OptimizerOptions& options, const model::Layout& layout, std::span<float> gradients);

// Whether the optimizer that the options describe keeps Optimizer::first(), second().
bool has_first_moment(const OptimizerOptions& options);
bool has_second_moment(const OptimizerOptions& options);

// Keras' sgd, adam, adamw and rmsprop (keras/src/optimizers). Every rank does the same arithmetic on the same
// numbers, so replicas stay bitwise equal. Not thread-safe.
class Optimizer {
 public:
  // `size`: values in the flat buffers.
  Optimizer(const OptimizerOptions& options, std::int64_t size);

  // One update of `parameters` with the gradient of the mean loss, both of the size given above.
  void update(std::span<float> parameters, std::span<const float> gradients, double learning_rate);

  // Updates done so far.
  std::int64_t updates() const { return updates_; }
  // sgd, rmsprop: momentum; adam, adamw: mean of gradients. Empty if the options need none.
  std::span<const float> first() const { return first_; }
  // adam, adamw, rmsprop: mean of squared gradients; else empty.
  std::span<const float> second() const { return second_; }
  // Takes over the state of another optimizer with the same options.
  void restore(std::int64_t updates, std::span<const float> first, std::span<const float> second);

 private:
  void sgd(std::span<float> parameters, std::span<const float> gradients, float rate);
  void adam(std::span<float> parameters, std::span<const float> gradients, float rate);
  void rmsprop(std::span<float> parameters, std::span<const float> gradients, float rate);

  OptimizerOptions options_;
  std::int64_t updates_ = 0;
  std::vector<float> first_, second_;
};

}  // namespace cellsweep::train
