#include "model/fused/direction.h"

#include <algorithm>

namespace cellsweep::model::fused {

float* Workspace::get(std::int64_t size) {
  if (size > capacity_) {
    values_ = hwy::AllocateAligned<float>(size);
    if (!values_) throw std::bad_alloc();
    capacity_ = size;
    std::fill_n(values_.get(), size, 0.0f);
  }
  return values_.get();
}

float* Workspace::get_zeroed(std::int64_t size) {
  return std::fill_n(get(size), size, 0.0f) - size;
}

Direction::Direction(const LayerShape& shape, const LayerWeights& weights, const LayerWeights& gradients,
                     std::int64_t shard_stride, bool layer_below)
    : shape_(shape),
      weights_(weights),
      gradients_(gradients),
      shard_stride_(shard_stride),
      layer_below_(layer_below) {
  task_.cell = shape.cell;
  task_.features = shape.padded_features;
  task_.hidden = shape.padded_units;
  task_.panels = shape.panels;
}

void Direction::begin(std::int64_t time, std::int64_t samples, bool keep) {
  task_.time = time;
  task_.samples = padded_rows(samples);
  task_.keep = keep;
  task_.kept_steps = keep && shape_.cell != Cell::simple_rnn ? time : std::min<std::int64_t>(time, 2);
  const std::int64_t state = task_.samples * task_.hidden;
  task_.inputs = inputs_.get_zeroed(time * task_.samples * task_.features);
  task_.states = states_.get((time + 1) * state);
  std::fill_n(task_.states, state, 0.0f);
  task_.cell_states = task_.states;
  if (shape_.cell == Cell::lstm) {
    task_.cell_states = cell_states_.get((time + 1) * state);
    std::fill_n(task_.cell_states, state, 0.0f);
  }
  task_.gates = gates_.get(task_.kept_steps * task_.panels * task_.samples * shape_.width);
  task_.carry = carry_.get_zeroed(state);
}

void Direction::forward() {
  float* packed = packed_.get(task_.panels * (task_.features + task_.hidden) * shape_.width);
  float* bias = bias_.get(task_.panels * shape_.width);
  pack_weights(shape_, weights_, packed, bias);
  task_.weights = packed;
  task_.bias = bias;
  fused::forward(task_);
}

float* Direction::output_gradient(bool every_output) {
  task_.every_output = every_output;
  const std::int64_t steps = every_output ? task_.time : 1;
  float* gradient = output_gradient_.get_zeroed(steps * task_.samples * task_.hidden);
  task_.output_gradient = gradient;
  return gradient;
}

void Direction::backward(std::span<const std::int64_t> shard_ends) {
  const std::int64_t row = task_.panels * shape_.width;
  float* transposed = transposed_.get(task_.hidden * row);
  pack_transposed(shape_, weights_, transposed);
  task_.transposed = transposed;
  task_.partial = partial_.get(task_.samples * shape_.width);
  if (layer_below_) {
    float* input_transposed = input_transposed_.get(task_.features * row);
    pack_input_transposed(shape_, weights_, input_transposed);
    task_.input_transposed = input_transposed;
    task_.input_gradient = input_gradient_.get(task_.time * task_.samples * task_.features);
  }
  const auto shards = std::ssize(shard_ends);
  const std::int64_t size = (task_.features + task_.hidden) * row;
  task_.shard_ends = shard_ends;
  task_.weight_gradient = packed_gradient_.get_zeroed(shards * size);
  task_.bias_gradient = bias_gradient_.get_zeroed(shards * row);
  fused::backward(task_);
  for (std::int64_t shard = 0; shard < shards; ++shard)
    unpack_gradients(shape_, task_.weight_gradient + shard * size, task_.bias_gradient + shard * row,
                     gradients_.moved(shard * shard_stride_));
}

}  // namespace cellsweep::model::fused
