#include "model/torch/head.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>

#include <algorithm>

#include "model/loss.h"

namespace cellsweep::model {
namespace {

// The part of a flat buffer that holds the weight of that name; empty where the network has none.
std::span<float> part(const Layout& layout, std::span<float> buffer, std::string_view name) {
  const Weight* weight = layout.find(name);
  if (weight == nullptr) return {};
  return buffer.subspan(static_cast<std::size_t>(weight->offset), static_cast<std::size_t>(weight->size));
}

// Only tensors that are read are made of const values.
at::Tensor view(std::span<const float> values, at::IntArrayRef shape) {
  return at::from_blob(const_cast<float*>(values.data()), shape);
}

}  // namespace

Head::Head(const NetworkOptions& options, const Layout& layout, const Buffers& buffers,
           comm::Communicator& group)
    : loss_(options.loss),
      width_(rnn_output_size(options.model)),
      outputs_(options.shape.outputs),
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
                          part(layout, buffers.moving, "batch_norm.moving_mean"),
                          part(layout, buffers.moving, "batch_norm.moving_variance")} {}

std::span<float> Head::train(const Batch& batch, std::span<const float> inputs, MetricSums& sums) {
  const auto outputs = static_cast<std::size_t>(batch.samples * outputs_);
  logits_.resize(outputs);
  logit_gradient_.resize(outputs);
  input_gradient_.resize(inputs.size());
  std::span<const float> dense_inputs = inputs;
  if (has_batch_norm_) {
    normalized_.resize(inputs.size());
    batch_norm_.forward(batch_norm_weights_, inputs, batch.global_samples, normalized_);
    dense_inputs = normalized_;
  }
  if (batch.samples > 0) {
    dense(batch.samples, dense_inputs, logits_);
    compute_loss(loss_, batch, logits_, logit_gradient_, sums);
    dense_backward(batch.samples, dense_inputs);
  }
  if (has_batch_norm_)
    batch_norm_.backward(batch_norm_weights_, input_gradient_, gamma_gradient_, beta_gradient_);
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
  const at::NoGradGuard no_tape;
  at::Tensor result = view(outputs, {samples, outputs_});
  at::addmm_out(result, view(bias_, {outputs_}), view(inputs, {samples, width_}),
                view(kernel_, {width_, outputs_}));
}

void Head::dense_backward(std::int64_t samples, std::span<const float> inputs) {
  const at::NoGradGuard no_tape;
  const at::Tensor gradient = view(logit_gradient_, {samples, outputs_});
  at::Tensor kernel_gradient = view(kernel_gradient_, {width_, outputs_});
  kernel_gradient.addmm_(view(inputs, {samples, width_}).t(), gradient);
  view(bias_gradient_, {outputs_}).add_(at::sum(gradient, 0));
  at::Tensor input_gradient = view(input_gradient_, {samples, width_});
  at::mm_out(input_gradient, gradient, view(kernel_, {width_, outputs_}).t());
}

}  // namespace cellsweep::model
