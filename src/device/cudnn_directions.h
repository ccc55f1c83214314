// Recurrent layers on cuDNN.
#pragma once

#include <cstdint>
#include <functional>

#include "device/execution_target.h"
#include "model/torch/layers.h"

namespace cellsweep::device {

// Where cuDNN keeps what a flat buffer has: entry i of its weight buffer is value map[i] of the flat one, or
// nothing if map[i] is -1. `flatten` lays four tensors, (gates * hidden, features), (gates * hidden,
// hidden) and two biases (gates * hidden), into a new buffer, as cuDNN wants them; `type` is that of its
// values, which hold whole numbers below 128 exactly. Returns integers on the host.
using Flatten = std::function<at::Tensor(const std::vector<at::Tensor>& weights)>;
at::Tensor make_weight_map(const model::ModelOptions& options, const model::Layout& layout,
                           const std::string& prefix, at::TensorOptions type, const Flatten& flatten);

struct CudnnSetup {
  const model::ModelOptions& options;
  const model::Layout& layout;
  at::Tensor parameters, gradients;  // flat, floats
  at::ScalarType type = at::kFloat;  // in which the layers compute
  // Called in the backward pass, when the gradients of a direction of a layer are complete.
  std::function<void(std::int64_t layer, bool backward)> on_gradients;
};
// cuDNN's kernels, the gru in the form in which the reset gate works on the product with the recurrent kernel
// (Keras' reset_after). Throws UserError if cuDNN cannot compute in `type`, or is not there.
model::Directions make_cudnn_directions(const CudnnSetup& setup, const ExecutionTarget& target);

}  // namespace cellsweep::device
