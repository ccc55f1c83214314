#include "model/torch/torch_recurrent.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/zeros.h>

#include <utility>
#include <vector>

#include "model/dropout.h"

namespace cellsweep::model {
namespace {

// One direction of one layer: leaves of the tape, in Keras' layout.
struct Direction {
  at::Tensor kernel, recurrent_kernel, bias;
};

// A weight as a leaf whose gradient piles up in the flat gradient buffer.
at::Tensor leaf(const Weight& weight, std::span<float> parameters, std::span<float> gradients) {
  at::Tensor tensor = at::from_blob(parameters.data() + weight.offset, weight.shape).requires_grad_(true);
  tensor.mutable_grad() = at::from_blob(gradients.data() + weight.offset, weight.shape);
  return tensor;
}

// LibTorch orders a gru's gates r,z,n; Keras z,r,h.
at::Tensor reorder_gru_gates(const at::Tensor& weight, std::int64_t hidden) {
  return at::cat({weight.narrow(-1, hidden, hidden), weight.narrow(-1, 0, hidden),
                  weight.narrow(-1, 2 * hidden, hidden)},
                 -1);
}

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

class TorchRecurrent : public Recurrent {
 public:
  TorchRecurrent(const NetworkOptions& options, const Layout& layout, std::span<float> parameters,
                 std::span<float> gradients)
      : options_(options),
        zero_bias_(at::zeros({gate_count(options.model.cell) * options.model.hidden_size})) {
    const ModelOptions& model = options.model;
    for (std::int64_t layer = 0; layer < model.layers; ++layer) {
      auto& directions = layers_.emplace_back();
      for (int backward = 0; backward < (model.bidirectional ? 2 : 1); ++backward) {
        const auto weight = [&](const char* name) {
          return leaf(*layout.find(rnn_prefix(model, layer, backward == 1) + name), parameters, gradients);
        };
        directions.push_back({weight(".kernel"), weight(".recurrent_kernel"), weight(".bias")});
      }
    }
  }

  std::span<const float> forward(const Batch& batch, std::int64_t step) override {
    output_ = run(batch, &step).contiguous();
    return values_of(output_);
  }

  void backward(std::span<float> gradient) override {
    output_.backward(at::from_blob(gradient.data(), output_.sizes()));
    output_.reset();
  }

  std::span<const float> infer(const Batch& batch) override {
    const at::NoGradGuard no_tape;
    output_ = run(batch, nullptr).contiguous();
    return values_of(output_);
  }

 private:
  // (all outputs (samples, time, hidden), the last one (samples, hidden)) of one direction.
  std::pair<at::Tensor, at::Tensor> run_direction(const Direction& direction, const at::Tensor& inputs) {
    at::Tensor outputs, last;
    if (options_.model.cell == Cell::gru) {
      const std::int64_t hidden = options_.model.hidden_size;
      const at::Tensor bias = reorder_gru_gates(direction.bias, hidden);
      std::tie(outputs, last) =
          at::gru(inputs, zero_state_,
                  {reorder_gru_gates(direction.kernel, hidden).t(),
                   reorder_gru_gates(direction.recurrent_kernel, hidden).t(), bias[0], bias[1]},
                  true, 1, 0.0, at::GradMode::is_enabled(), false, true);
      return {outputs, last.squeeze(0)};
    }
    const std::vector<at::Tensor> weights{direction.kernel.t(), direction.recurrent_kernel.t(),
                                          direction.bias, zero_bias_};
    if (options_.model.cell == Cell::lstm) {
      std::tie(outputs, last, std::ignore) = at::lstm(inputs, {zero_state_, zero_state_}, weights, true, 1,
                                                      0.0, at::GradMode::is_enabled(), false, true);
    } else {
      std::tie(outputs, last) =
          at::rnn_tanh(inputs, zero_state_, weights, true, 1, 0.0, at::GradMode::is_enabled(), false, true);
    }
    return {outputs, last.squeeze(0)};
  }

  at::Tensor drop(const at::Tensor& inputs, const DropoutPlace& place, std::int64_t first_sample) const {
    const at::Tensor mask = at::empty({inputs.size(0), 1, inputs.size(2)});
    fill_dropout_mask(place, options_.model.dropout, first_sample, inputs.size(2),
                      {mask.mutable_data_ptr<float>(), static_cast<std::size_t>(mask.numel())});
    return inputs.mul(mask);
  }

  // The tape never writes to its inputs, so the casts are safe.
  at::Tensor inputs_of(const Batch& batch) const {
    const std::vector<std::int64_t> shape{batch.samples, options_.shape.time, options_.shape.features};
    if (batch.bytes.empty()) return at::from_blob(const_cast<float*>(batch.inputs.data()), shape);
    return at::from_blob(const_cast<std::uint8_t*>(batch.bytes.data()), shape, at::kByte)
        .to(at::kFloat)
        .div_(255);
  }

  // The last output of the last layer. Without a `step`, there is no dropout.
  at::Tensor run(const Batch& batch, const std::int64_t* step) {
    at::Tensor inputs = inputs_of(batch);
    if (!zero_state_.defined() || zero_state_.size(1) != batch.samples)
      zero_state_ = at::zeros({1, batch.samples, options_.model.hidden_size});
    std::vector<at::Tensor> last;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      std::vector<at::Tensor> outputs;
      last.clear();
      for (const Direction& direction : layers_[layer]) {
        const bool backward = &direction != &layers_[layer].front();
        at::Tensor seen = backward ? inputs.flip(1) : inputs;
        if (step != nullptr && options_.model.dropout > 0)
          seen = drop(seen, {options_.seed, *step, static_cast<std::int64_t>(layer), backward},
                      batch.first_sample);
        auto [all, end] = run_direction(direction, seen);
        last.push_back(end);
        if (layer + 1 < layers_.size()) outputs.push_back(backward ? all.flip(1) : all);
      }
      if (layer + 1 < layers_.size()) inputs = outputs.size() == 1 ? outputs[0] : at::cat(outputs, 2);
    }
    return last.size() == 1 ? last[0] : at::cat(last, 1);
  }

  NetworkOptions options_;
  std::vector<std::vector<Direction>> layers_;
  at::Tensor zero_bias_;  // LibTorch's second bias, which Keras does not have
  at::Tensor zero_state_;
  at::Tensor output_;
};

}  // namespace

std::unique_ptr<Recurrent> make_torch_recurrent(const NetworkOptions& options, const Layout& layout,
                                                std::span<float> parameters, std::span<float> gradients) {
  return std::make_unique<TorchRecurrent>(options, layout, parameters, gradients);
}

void set_torch_threads(int threads) {
  at::set_num_threads(threads);
}

}  // namespace cellsweep::model
