#include "model/head.h"

#include <algorithm>

#include "model/dense.h"
#include "model/loss.h"
#include "model/metric_set.h"

namespace cellsweep::model {
namespace {

// The part of a flat buffer that holds the weight of that name; empty if the network has none.
std::span<float> part(const Layout& layout, std::span<float> buffer, std::string_view name) {
  const Weight* weight = layout.find(name);
  if (weight == nullptr) return {};
  return buffer.subspan(weight->offset, weight->size);
}

}  // namespace

Head::Head(const NetworkOptions& options, const Layout& layout, const Buffers& buffers,
           comm::Communicator& group)
    : loss_(options.loss),
      sums_layout_(MetricSet(options.metrics, options.loss, options.shape.outputs).layout()),
      width_(rnn_output_size(options.model)),
      outputs_(options.shape.outputs),
      shard_stride_(layout.trainable_size),
      transposed_kernel_(width_ * outputs_),
      kernel_(part(layout, buffers.parameters, "dense.kernel")),
      bias_(part(layout, buffers.parameters, "dense.bias")),
      kernel_gradient_(part(layout, buffers.gradients, "dense.kernel")),
      bias_gradient_(part(layout, buffers.gradients, "dense.bias")),
      gamma_gradient_(part(layout, buffers.gradients, "batch_norm.gamma")),
      beta_gradient_(part(layout, buffers.gradients, "batch_norm.beta")),
      has_batch_norm_(options.model.batch_norm),
      batch_norm_(width_, options.synchronize_batch_norm, group),
      batch_norm_weights_{part(layout, buffers.parameters, "batch_norm.gamma"),
                          part(layout, buffers.parameters, "batch_norm.beta"),
                          part(layout, buffers.moving_statistics, "batch_norm.moving_mean"),
                          part(layout, buffers.moving_statistics, "batch_norm.moving_variance")} {}

void Head::forward(const Batch& batch, std::span<const float> inputs, std::span<MetricSums> sums) {
  const std::size_t outputs = batch.samples * outputs_;
  logits_.resize(outputs);
  logit_gradient_.resize(outputs);
  dense_inputs_ = inputs;
  if (has_batch_norm_) {
    normalized_.resize(inputs.size());
    batch_norm_.forward(batch_norm_weights_, inputs, batch, normalized_);
    dense_inputs_ = normalized_;
  }
  if (batch.samples == 0) return;
  dense(batch.samples, dense_inputs_, logits_);
  compute_loss_by_shard(loss_, batch, sums_layout_, logits_, logit_gradient_, sums);
}

std::span<float> Head::backward(const Batch& batch) {
  input_gradient_.resize(dense_inputs_.size());
  if (batch.samples > 0) dense_backward(batch);
  if (has_batch_norm_)
    batch_norm_.backward(batch_norm_weights_, batch, input_gradient_,
                         {gamma_gradient_, beta_gradient_, shard_stride_});
  return input_gradient_;
}

void Head::infer(std::int64_t samples, std::span<const float> inputs, std::span<float> outputs) {
  if (has_batch_norm_) {
    normalized_.resize(inputs.size());
    batch_norm_.infer(batch_norm_weights_, inputs, normalized_);
    inputs = normalized_;
  }
  dense(samples, inputs, outputs);
}

void Head::dense(std::int64_t samples, std::span<const float> inputs, std::span<float> outputs) const {
  for (std::int64_t sample = 0; sample < samples; ++sample)
    std::ranges::copy(bias_, outputs.begin() + sample * outputs_);
  multiply_add({samples, width_, outputs_}, {inputs.data(), width_, 1}, kernel_.data(), outputs.data());
}

void Head::dense_backward(const Batch& batch) {
  std::int64_t first = 0, distance = 0;
  for (const std::int64_t end : shards_of(batch)) {
    const float* const gradients = logit_gradient_.data() + first * outputs_;
    multiply_add({width_, end - first, outputs_}, {dense_inputs_.data() + first * width_, 1, width_},
                 gradients, kernel_gradient_.data() + distance);
    float* const bias_gradient = bias_gradient_.data() + distance;
    for (std::int64_t sample = 0; sample < end - first; ++sample)
      for (std::int64_t i = 0; i < outputs_; ++i) bias_gradient[i] += gradients[sample * outputs_ + i];
    first = end;
    distance += shard_stride_;
  }
  for (std::int64_t k = 0; k < width_; ++k)
    for (std::int64_t i = 0; i < outputs_; ++i)
      transposed_kernel_[i * width_ + k] = kernel_[k * outputs_ + i];
  std::ranges::fill(input_gradient_, 0.0f);
  multiply_add({batch.samples, outputs_, width_}, {logit_gradient_.data(), outputs_, 1},
               transposed_kernel_.data(), input_gradient_.data());
}

}  // namespace cellsweep::model
