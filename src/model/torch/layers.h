// Recurrent layers on LibTorch's autograd, on any of its devices.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "model/layout.h"
#include "model/model_options.h"

namespace cellsweep::model {

// One direction of one layer: from inputs (time, samples, features), in the order in which the direction
// reads them, to all its outputs (time, samples, hidden_size) and the last of them (samples, hidden_size).
// backward() adds to the gradients of its weights.
using Direction = std::function<std::pair<at::Tensor, at::Tensor>(const at::Tensor& inputs)>;
// The directions of each layer: one, or forward and backward.
using Directions = std::vector<std::vector<Direction>>;

// LibTorch's own operations on weights that lie in `parameters` as `layout` says; their gradients are added
// to `gradients`. Both are flat tensors of floats on one device, which keep their place.
Directions make_torch_directions(const ModelOptions& options, const Layout& layout,
                                 const at::Tensor& parameters, const at::Tensor& gradients);

// Drops values of a direction's inputs (time, samples, features).
using Dropout = std::function<at::Tensor(const at::Tensor& inputs, std::int64_t layer, bool backward)>;

// All layers, from inputs (time, samples, features) to the last outputs of the last one (samples,
// rnn_output_size). Without a `dropout` nothing is dropped.
at::Tensor run_layers(const Directions& directions, at::Tensor inputs, const Dropout& dropout);

// `weight` (..., gates * hidden) of a gru with its gates in LibTorch's order, r,z,n, from Keras', z,r,h.
at::Tensor reorder_gru_gates(const at::Tensor& weight, std::int64_t hidden);

}  // namespace cellsweep::model
