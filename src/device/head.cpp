#include "device/head.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>

#include "model/metric_set.h"

namespace cellsweep::device {
namespace {

// The view of a flat buffer that is the weight of that name; undefined if the network has none.
at::Tensor view(const model::Layout& layout, const at::Tensor& buffer, std::string_view name) {
  const model::Weight* weight = layout.find(name);
  if (weight == nullptr) return {};
  return buffer.narrow(0, weight->offset, weight->size).view(weight->shape);
}

float* pointer(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr<float>() : nullptr;
}

}  // namespace

Head::Head(const model::NetworkOptions& options, const model::Layout& layout, const Buffers& buffers,
           const at::Tensor& metrics, const ExecutionTarget& target, comm::DeviceReduction& reduction)
    : loss_(options.loss),
      more_(model::MetricSet(options.metrics, options.loss, options.shape.outputs).layout()),
      has_batch_norm_(options.model.batch_norm),
      synchronize_(options.synchronize_batch_norm),
      target_(target),
      reduction_(reduction),
      kernel_(view(layout, buffers.parameters, "dense.kernel")),
      bias_(view(layout, buffers.parameters, "dense.bias")),
      kernel_gradient_(view(layout, buffers.gradients, "dense.kernel")),
      bias_gradient_(view(layout, buffers.gradients, "dense.bias")),
      gamma_gradient_(view(layout, buffers.gradients, "batch_norm.gamma")),
      beta_gradient_(view(layout, buffers.gradients, "batch_norm.beta")),
      metrics_(metrics) {
  const std::int64_t width = model::rnn_output_size(options.model);
  mean_ = target.make_zeros({width});
  inverse_deviation_ = target.make_zeros({width});
  statistics_ = target.make_zeros({2 * width + 1}, at::kDouble);
  memory_ = {
      .width = width,
      .gamma = pointer(view(layout, buffers.parameters, "batch_norm.gamma")),
      .beta = pointer(view(layout, buffers.parameters, "batch_norm.beta")),
      .moving_mean = pointer(view(layout, buffers.moving_statistics, "batch_norm.moving_mean")),
      .moving_variance = pointer(view(layout, buffers.moving_statistics, "batch_norm.moving_variance")),
      .mean = pointer(mean_),
      .inverse_deviation = pointer(inverse_deviation_)};
}

at::Tensor Head::train(const at::Tensor& inputs, const BatchMemory& batch, const BatchSize& size,
                       float scale) {
  Normalized forward{{}, inputs};
  if (has_batch_norm_) forward = normalize(inputs, size);
  at::Tensor gradient = target_.make(inputs.sizes());
  if (size.mine > 0) {
    const at::Tensor output_gradient = loss(dense(forward.outputs), batch, &scale);
    const std::int64_t width = output_gradient.size(1);
    at::addmm_out(kernel_gradient_, kernel_gradient_, forward.outputs.t(), output_gradient);
    const at::Tensor partial = target_.make({column_sums_room(size.mine, width)}, at::kDouble);
    add_column_sums(target_.stream, pointer(output_gradient), size.mine, width,
                    partial.mutable_data_ptr<double>(), pointer(bias_gradient_));
    at::mm_out(gradient, output_gradient, kernel_.t());
  }
  if (has_batch_norm_) normalize_backward(forward, gradient, size);
  return gradient;
}

void Head::evaluate(const at::Tensor& inputs, const BatchMemory& batch, std::int64_t samples) {
  at::Tensor outputs = inputs;
  if (has_batch_norm_) {
    outputs = target_.make(inputs.sizes());
    normalize_by_moving(target_.stream, memory_, pointer(inputs), samples, pointer(outputs));
  }
  loss(dense(outputs), batch, nullptr);
}

Head::Normalized Head::normalize(const at::Tensor& inputs, const BatchSize& size) {
  const std::int64_t width = memory_.width;
  const at::Tensor partial = target_.make({column_sums_room(size.mine, width)}, at::kDouble);
  const at::Tensor sums = target_.make({2 * width}, at::kDouble);
  const auto reduce = [&](const at::Tensor& values) {
    reduction_.all_reduce(values.mutable_data_ptr<double>(), values.numel(), comm::Scalar::float64,
                          target_.stream.stream);
  };
  sum_columns(target_.stream, pointer(inputs), pointer(inputs), size.mine, width,
              partial.mutable_data_ptr<double>(), sums.mutable_data_ptr<double>());
  if (synchronize_) reduce(sums);
  double* const statistics = statistics_.mutable_data_ptr<double>();
  make_statistics(target_.stream, memory_, sums.const_data_ptr<double>(),
                  synchronize_ ? size.global : size.mine, statistics);
  if (!synchronize_) reduce(statistics_);
  move_statistics(target_.stream, memory_, statistics);
  Normalized result{target_.make(inputs.sizes()), target_.make(inputs.sizes())};
  device::normalize(target_.stream, memory_, pointer(inputs), size.mine, pointer(result.normalized),
                    pointer(result.outputs));
  return result;
}

void Head::normalize_backward(const Normalized& forward, const at::Tensor& gradient, const BatchSize& size) {
  const std::int64_t width = memory_.width;
  const at::Tensor partial = target_.make({column_sums_room(size.mine, width)}, at::kDouble);
  const at::Tensor sums = target_.make({2 * width}, at::kDouble);
  double* const values = sums.mutable_data_ptr<double>();
  sum_columns(target_.stream, pointer(gradient), pointer(forward.normalized), size.mine, width,
              partial.mutable_data_ptr<double>(), values);
  add_batch_norm_gradients(target_.stream, values, width, pointer(beta_gradient_), pointer(gamma_gradient_));
  if (synchronize_) reduction_.all_reduce(values, sums.numel(), comm::Scalar::float64, target_.stream.stream);
  device::normalize_backward(target_.stream, memory_, pointer(forward.normalized), values,
                             synchronize_ ? size.global : size.mine, size.mine, pointer(gradient));
}

at::Tensor Head::dense(const at::Tensor& inputs) const {
  return at::addmm(bias_, inputs, kernel_);
}

at::Tensor Head::loss(const at::Tensor& outputs, const BatchMemory& batch, const float* scale) {
  const std::int64_t samples = outputs.size(0);
  const at::Tensor terms = target_.make({samples, 2}, at::kDouble);
  const at::Tensor gradient = scale != nullptr ? target_.make(outputs.sizes()) : at::Tensor();
  const float factor = scale != nullptr ? *scale : 0.0f;
  double* const values = terms.mutable_data_ptr<double>();
  if (loss_ == model::Loss::mse)
    squared_error(target_.stream, pointer(outputs), batch.targets, samples, factor, values,
                  pointer(gradient));
  else
    crossentropy(target_.stream, pointer(outputs), batch.labels, samples, outputs.size(1), factor, values,
                 pointer(gradient));
  const at::Tensor partial = target_.make({column_sums_room(samples, 1) + 2}, at::kDouble);
  add_metrics(target_.stream, values, samples, partial.mutable_data_ptr<double>(),
              metrics_.mutable_data_ptr<double>());
  if (more_.size > 0) add_more(outputs, batch);
  return gradient;
}

void Head::add_more(const at::Tensor& outputs, const BatchMemory& batch) {
  const std::int64_t samples = outputs.size(0);
  const at::Tensor terms = target_.make({samples, more_.size}, at::kDouble);
  const at::Tensor partial = target_.make({column_sums_room(samples, more_.size) + more_.size}, at::kDouble);
  add_more_metrics(
      target_.stream, more_,
      {.outputs = pointer(outputs), .labels = batch.labels, .targets = batch.targets, .count = samples},
      terms.mutable_data_ptr<double>(), partial.mutable_data_ptr<double>(),
      metrics_.mutable_data_ptr<double>() + 3);
}

}  // namespace cellsweep::device
