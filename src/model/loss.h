// The losses, with their gradients.
#pragma once

#include <cstdint>
#include <span>

#include "model/model_options.h"
#include "model/more_sums.h"
#include "model/network.h"

namespace cellsweep::model {

// Adds the loss of `outputs` (samples, width), logits or values, for the labels or targets of `batch` to
// `sums`. If `gradient` is not empty it gets the gradient of the sum of the loss, of the shape of
// `outputs`.
//   sparse_categorical_crossentropy: -log softmax(outputs)[label]; correct if the first largest output is
//   the label's mse: (output - target)^2, width 1
//   `layout`: what else is added to `sums`, beside loss, hits and samples.
void compute_loss(Loss loss, const Batch& batch, const SumsLayout& layout, std::span<const float> outputs,
                  std::span<float> gradient, MetricSums& sums);
// The same, of each shard to its own of `sums`.
void compute_loss_by_shard(Loss loss, const Batch& batch, const SumsLayout& layout,
                           std::span<const float> outputs, std::span<float> gradient,
                           std::span<MetricSums> sums);

}  // namespace cellsweep::model
