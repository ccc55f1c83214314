#include "model/torch/torch_recurrent.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <vector>

#include "model/dropout.h"
#include "model/torch/layers.h"

namespace cellsweep::model {
namespace {

at::Tensor flat_view(std::span<float> values) {
  return at::from_blob(values.data(), {std::ssize(values)});
}

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

class TorchRecurrent : public Recurrent {
 public:
  TorchRecurrent(const NetworkOptions& options, const Layout& layout, std::span<float> parameters,
                 std::span<float> gradients)
      : options_(options),
        directions_(
            make_torch_directions(options.model, layout, flat_view(parameters), flat_view(gradients))) {}

  std::span<const float> forward(const Batch& batch, std::int64_t step) override {
    Dropout dropout;
    if (options_.model.dropout > 0)
      dropout = [&](const at::Tensor& inputs, std::int64_t layer, bool backward) {
        return drop(inputs, {options_.seed, step, layer, backward}, batch.first_sample);
      };
    output_ = run_layers(directions_, inputs_of(batch), dropout).contiguous();
    return values_of(output_);
  }

  void backward(std::span<float> gradient) override {
    output_.backward(at::from_blob(gradient.data(), output_.sizes()));
    output_.reset();
  }

  std::span<const float> infer(const Batch& batch) override {
    const at::NoGradGuard no_tape;
    output_ = run_layers(directions_, inputs_of(batch), nullptr).contiguous();
    return values_of(output_);
  }

 private:
  at::Tensor drop(const at::Tensor& inputs, const DropoutPosition& position,
                  std::int64_t first_sample) const {
    const at::Tensor mask = at::empty({1, inputs.size(1), inputs.size(2)});
    fill_dropout_mask(position, options_.model.dropout, first_sample, inputs.size(2),
                      {mask.mutable_data_ptr<float>(), static_cast<std::size_t>(mask.numel())});
    return inputs.mul(mask);
  }

  // (time, samples, features). The tape never writes to its inputs, so the casts are safe.
  at::Tensor inputs_of(const Batch& batch) const {
    const std::vector<std::int64_t> shape{batch.samples, options_.shape.time, options_.shape.features};
    if (batch.bytes.empty())
      return at::from_blob(const_cast<float*>(batch.inputs.data()), shape).transpose(0, 1);
    return at::from_blob(const_cast<std::uint8_t*>(batch.bytes.data()), shape, at::kByte)
        .to(at::kFloat)
        .div_(batch.byte_divisor)
        .transpose(0, 1);
  }

  NetworkOptions options_;
  Directions directions_;
  at::Tensor output_;
};

}  // namespace

std::unique_ptr<Recurrent> make_torch_recurrent(const NetworkOptions& options, const Layout& layout,
                                                std::span<float> parameters, std::span<float> gradients) {
  at::set_num_threads(options.threads);
  return std::make_unique<TorchRecurrent>(options, layout, parameters, gradients);
}

}  // namespace cellsweep::model
