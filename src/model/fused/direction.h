// One direction of one recurrent layer: its packed weights and its workspace.
#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>
#include <span>

#include "model/fused/kernels.h"
#include "model/fused/panels.h"

namespace cellsweep::model::fused {

// Memory for registers: aligned, zero at first. It grows, and is zero again when it does.
class Workspace {
 public:
  float* get(std::int64_t size);
  float* get_zeroed(std::int64_t size);

 private:
  hwy::AlignedFreeUniquePtr<float[]> values_;
  std::int64_t capacity_ = 0;
};

// The order of use: begin(), fill inputs(), forward(), read states(), fill output_gradient(), backward(),
// read input_gradient(). Time runs in the order of processing, for which the caller turns a backward
// direction's inputs round. Not thread-safe.
class Direction {
 public:
  // `gradients` are those of the first shard; the next shard's lie `shard_stride` values on. `layer_below`:
  // whether input_gradient() will be wanted.
  Direction(const LayerShape& shape, const LayerWeights& weights, const LayerWeights& gradients,
            std::int64_t shard_stride, bool layer_below);

  const LayerShape& shape() const { return shape_; }
  // Samples with padding, of this batch.
  std::int64_t padded_samples() const { return task_.samples; }

  // Makes room for a batch, and inputs zero. `keep`: whether backward() will follow.
  void begin(std::int64_t time, std::int64_t samples, bool keep);
  // (time, padded_samples, padded_features), to be filled.
  float* inputs() { return inputs_.get(0); }
  void forward();
  // (time, padded_samples, padded_units): the state after each step.
  const float* states() { return task_.states + task_.samples * task_.hidden; }

  // Zeros, to be filled: (padded_samples, padded_units), for the last state; with `every_output`, (time, …).
  float* output_gradient(bool every_output);
  // Adds to the gradients, of each shard to its own.
  void backward(std::span<const std::int64_t> shard_ends);
  // (time, padded_samples, padded_features).
  const float* input_gradient() { return task_.input_gradient; }

 private:
  LayerShape shape_;
  LayerWeights weights_, gradients_;
  std::int64_t shard_stride_;
  bool layer_below_;
  LayerTask task_;
  Workspace packed_, bias_, transposed_, input_transposed_, packed_gradient_, bias_gradient_;
  Workspace inputs_, states_, cell_states_, gates_, output_gradient_, carry_, input_gradient_, partial_;
};

}  // namespace cellsweep::model::fused
