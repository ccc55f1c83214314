// Between Keras' layout of a recurrent layer's weights and the kernels' panels.
#pragma once

#include <cstdint>
#include <span>

#include "model/model_options.h"

namespace cellsweep::model::fused {

// Sizes of one direction of one layer, and their padded forms (see kernels.h).
struct LayerShape {
  LayerShape(Cell cell_kind, std::int64_t feature_count, std::int64_t unit_count, bool wants_input_gradient);

  Cell cell;
  std::int64_t features, units;  // as the weights have them
  std::int64_t lanes, width;     // of a register; of a panel, in values
  std::int64_t padded_features, padded_units, panels;
};

// Views of one layer's weights in Keras' layout, or of their gradients.
struct LayerWeights {
  std::span<float> kernel, recurrent_kernel, bias;

  // The same views, `distance` values on.
  LayerWeights moved(std::int64_t distance) const {
    const auto move = [&](std::span<float> part) { return std::span(part.data() + distance, part.size()); };
    return {move(kernel), move(recurrent_kernel), move(bias)};
  }
};

// Fills the kernels' `weights` (panels, padded_features + padded_units, width) and `bias` (panels, width).
// Padding is left alone: it has to be zero.
void pack_weights(const LayerShape& shape, const LayerWeights& weights, float* packed, float* bias);
// Fills the transposed recurrent weights, (padded_units / width, panels * width, width).
void pack_transposed(const LayerShape& shape, const LayerWeights& weights, float* packed);
// The same for the input's weights, (padded_features / width, panels * width, width).
void pack_input_transposed(const LayerShape& shape, const LayerWeights& weights, float* packed);
// Adds packed gradients to those in Keras' layout.
void unpack_gradients(const LayerShape& shape, const float* packed, const float* bias,
                      const LayerWeights& gradients);

}  // namespace cellsweep::model::fused
