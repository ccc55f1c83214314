#include "model/torch/layers.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/zeros.h>

#include <map>
#include <string>
#include <tuple>

namespace cellsweep::model {
namespace {

// A weight as a leaf whose gradient is accumulated in the flat gradient buffer.
at::Tensor leaf(const Weight& weight, const at::Tensor& parameters, const at::Tensor& gradients) {
  const auto view = [&](const at::Tensor& flat) {
    return flat.narrow(0, weight.offset, weight.size).view(weight.shape);
  };
  at::Tensor tensor = view(parameters).detach().requires_grad_(true);
  tensor.mutable_grad() = view(gradients).detach();
  return tensor;
}

// One direction, on leaves of the tape in Keras' layout.
class TorchDirection {
 public:
  TorchDirection(const ModelOptions& options, const std::string& prefix, const Layout& layout,
                 const at::Tensor& parameters, const at::Tensor& gradients)
      : cell_(options.cell),
        hidden_(options.hidden_size),
        kernel_(leaf(*layout.find(prefix + ".kernel"), parameters, gradients)),
        recurrent_kernel_(leaf(*layout.find(prefix + ".recurrent_kernel"), parameters, gradients)),
        bias_(leaf(*layout.find(prefix + ".bias"), parameters, gradients)),
        zero_bias_(at::zeros({gate_count(cell_) * hidden_}, parameters.options())) {}

  std::pair<at::Tensor, at::Tensor> operator()(const at::Tensor& inputs) {
    at::Tensor& state = zero_states_[inputs.size(1)];
    if (!state.defined()) state = at::zeros({1, inputs.size(1), hidden_}, inputs.options());
    at::Tensor outputs, last;
    const bool learns = at::GradMode::is_enabled();
    if (cell_ == Cell::gru) {
      const at::Tensor bias = reorder_gru_gates(bias_, hidden_);
      std::tie(outputs, last) = at::gru(inputs, state,
                                        {reorder_gru_gates(kernel_, hidden_).t(),
                                         reorder_gru_gates(recurrent_kernel_, hidden_).t(), bias[0], bias[1]},
                                        true, 1, 0.0, learns, false, false);
      return {outputs, last.squeeze(0)};
    }
    const std::vector<at::Tensor> weights{kernel_.t(), recurrent_kernel_.t(), bias_, zero_bias_};
    if (cell_ == Cell::lstm)
      std::tie(outputs, last, std::ignore) =
          at::lstm(inputs, {state, state}, weights, true, 1, 0.0, learns, false, false);
    else
      std::tie(outputs, last) = at::rnn_tanh(inputs, state, weights, true, 1, 0.0, learns, false, false);
    return {outputs, last.squeeze(0)};
  }

 private:
  Cell cell_;
  std::int64_t hidden_;
  at::Tensor kernel_, recurrent_kernel_, bias_;
  at::Tensor zero_bias_;  // LibTorch's second bias, which Keras does not have
  // By the number of samples; kept, because steps that were recorded on a GPU keep using them.
  std::map<std::int64_t, at::Tensor> zero_states_;
};

}  // namespace

at::Tensor reorder_gru_gates(const at::Tensor& weight, std::int64_t hidden) {
  return at::cat({weight.narrow(-1, hidden, hidden), weight.narrow(-1, 0, hidden),
                  weight.narrow(-1, 2 * hidden, hidden)},
                 -1);
}

Directions make_torch_directions(const ModelOptions& options, const Layout& layout,
                                 const at::Tensor& parameters, const at::Tensor& gradients) {
  Directions directions(options.layers);
  for (std::int64_t layer = 0; layer < options.layers; ++layer)
    for (int backward = 0; backward < (options.bidirectional ? 2 : 1); ++backward)
      directions[layer].push_back(
          TorchDirection(options, rnn_prefix(options, layer, backward == 1), layout, parameters, gradients));
  return directions;
}

at::Tensor run_layers(const Directions& directions, at::Tensor inputs, const Dropout& dropout) {
  std::vector<at::Tensor> last;
  for (std::size_t layer = 0; layer < directions.size(); ++layer) {
    const bool is_last = layer + 1 == directions.size();
    std::vector<at::Tensor> outputs;
    last.clear();
    for (const Direction& direction : directions[layer]) {
      const bool backward = &direction != &directions[layer].front();
      at::Tensor seen = backward ? inputs.flip(0) : inputs;
      if (dropout) seen = dropout(seen, static_cast<std::int64_t>(layer), backward);
      auto [all, end] = direction(seen);
      last.push_back(end);
      if (!is_last) outputs.push_back(backward ? all.flip(0) : all);
    }
    if (!is_last) inputs = outputs.size() == 1 ? outputs[0] : at::cat(outputs, 2);
  }
  return last.size() == 1 ? last[0] : at::cat(last, 1);
}

}  // namespace cellsweep::model
