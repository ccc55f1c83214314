#include "device/cudnn_directions.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_cudnn_rnn.h>
#include <ATen/ops/_cudnn_rnn_backward.h>
#include <ATen/ops/_cudnn_rnn_flatten_weight.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "device/kernels.h"

namespace cellsweep::device {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// cudnnRNNMode_t
std::int64_t mode_of(model::Cell cell) {
  switch (cell) {
    case model::Cell::simple_rnn:
      return 1;
    case model::Cell::lstm:
      return 2;
    case model::Cell::gru:
      return 3;
  }
  return 0;
}

// One direction of one layer. cuDNN's weight buffer is packed anew from the flat one whenever it is used, and
// its gradients are added to the flat ones by the same map.
class CudnnDirection {
 public:
  CudnnDirection(const CudnnSetup& setup, std::int64_t layer, bool backward, const ExecutionTarget& target)
      : cell_(setup.options.cell),
        hidden_(setup.options.hidden_size),
        type_(setup.type),
        target_(target),
        parameters_(setup.parameters),
        gradients_(setup.gradients),
        on_gradients_([on = setup.on_gradients, layer, backward] { on(layer, backward); }) {
    const std::string prefix = model::rnn_prefix(setup.options, layer, backward);
    const std::int64_t features = setup.layout.find(prefix + ".kernel")->shape[0];
    const auto flatten = [&](const std::vector<at::Tensor>& weights) {
      weights_ = weights;
      buffer_ = at::_cudnn_rnn_flatten_weight(weights_, weights_per_layer, features, mode_of(cell_), hidden_,
                                              0, 1, false, false);
      return buffer_;
    };
    const at::Tensor map = make_weight_map(setup.options, setup.layout, prefix,
                                           at::TensorOptions(target.device).dtype(type_), flatten);
    map_ = map.to(target.device);
    packed_ = type_ == at::kFloat ? buffer_ : target.make({map.numel()});
    anchor_ = target.make_zeros({1}).requires_grad_(true);
  }

  struct Forward {
    at::Tensor outputs, last, state, reserve;
  };
  // `inputs` are of type_.
  Forward forward(const at::Tensor& inputs, bool learns) {
    pack(target_.stream, map_.const_data_ptr<std::int64_t>(), map_.numel(),
         parameters_.const_data_ptr<float>(), packed_.mutable_data_ptr<float>());
    if (type_ != at::kFloat) buffer_.copy_(packed_);
    const at::Tensor state = zeros(zero_state_, {1, inputs.size(1), hidden_});
    auto [outputs, last, cell, reserve, buffer] =
        at::_cudnn_rnn(inputs, weights_, weights_per_layer, buffer_, state, cell_state(state), mode_of(cell_),
                       hidden_, 0, 1, false, 0.0, learns, false, {}, std::nullopt);
    return {outputs, last.squeeze(0), state, reserve};
  }

  // dL/d(inputs), from those of all outputs and of the last one, either of which may be undefined.
  at::Tensor backward(const at::Tensor& inputs, const Forward& forward, const at::Tensor& of_outputs,
                      const at::Tensor& of_last) {
    const at::Tensor outputs_gradient =
        of_outputs.defined() ? of_outputs.contiguous() : zeros(zero_gradient_, forward.outputs.sizes());
    std::optional<at::Tensor> last_gradient;
    if (of_last.defined()) last_gradient = of_last.contiguous().unsqueeze(0);
    auto [of_inputs, of_state, of_cell, of_weights] = at::_cudnn_rnn_backward(
        inputs, weights_, weights_per_layer, buffer_, forward.state, cell_state(forward.state),
        forward.outputs, outputs_gradient, last_gradient, std::nullopt, mode_of(cell_), hidden_, 0, 1, false,
        0.0, true, false, {}, std::nullopt, forward.reserve, {true, false, false, true});
    add_gradients(of_weights);
    on_gradients_();
    return of_inputs;
  }

  std::pair<at::Tensor, at::Tensor> operator()(const at::Tensor& inputs);

 private:
  static constexpr std::int64_t weights_per_layer = 4;

  // The gradients that LibTorch gives are views of one buffer, which is laid out as that of the weights.
  void add_gradients(const std::vector<at::Tensor>& of_weights) {
    const at::Storage& storage = of_weights.at(0).storage();
    if (storage.nbytes() != static_cast<std::size_t>(buffer_.numel() * buffer_.element_size()))
      throw Error("this LibTorch does not keep cuDNN's weight gradients in one buffer");
    at::Tensor all = at::empty({0}, buffer_.options()).set_(storage, 0, {buffer_.numel()}, {1});
    if (type_ != at::kFloat) all = all.to(at::kFloat);
    add_unpacked(target_.stream, map_.const_data_ptr<std::int64_t>(), map_.numel(),
                 all.const_data_ptr<float>(), gradients_.mutable_data_ptr<float>());
  }

  // Zeros of that size; made when the size changes, so that steps that are replayed find them.
  at::Tensor zeros(std::map<std::int64_t, at::Tensor>& kept, at::IntArrayRef sizes) const {
    at::Tensor& tensor = kept[sizes[1]];
    if (!tensor.defined()) tensor = target_.make_zeros(sizes, type_);
    return tensor;
  }
  std::optional<at::Tensor> cell_state(const at::Tensor& state) const {
    if (cell_ == model::Cell::lstm) return state;
    return std::nullopt;
  }

  model::Cell cell_;
  std::int64_t hidden_;
  at::ScalarType type_;
  ExecutionTarget target_;
  at::Tensor parameters_, gradients_;
  std::function<void()> on_gradients_;
  std::vector<at::Tensor> weights_;  // views of buffer_, which LibTorch looks at for their shapes
  at::Tensor buffer_;                // cuDNN's
  at::Tensor packed_;                // the same as floats
  at::Tensor map_;
  at::Tensor anchor_;  // so that autograd calls the backward pass though inputs need no gradient
  std::map<std::int64_t, at::Tensor> zero_state_, zero_gradient_;  // by the number of samples
};

struct CudnnFunction : torch::autograd::Function<CudnnFunction> {
  static variable_list forward(AutogradContext* context, const at::Tensor& inputs, const at::Tensor&,
                               CudnnDirection* direction) {
    const CudnnDirection::Forward forward = direction->forward(inputs, true);
    context->save_for_backward({inputs, forward.outputs, forward.state, forward.reserve});
    context->saved_data["direction"] = reinterpret_cast<std::int64_t>(direction);
    context->set_materialize_grads(false);
    return {forward.outputs, forward.last};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    // NOLINTNEXTLINE(performance-no-int-to-ptr): LibTorch carries integers from forward to backward
    auto* const direction = reinterpret_cast<CudnnDirection*>(context->saved_data["direction"].toInt());
    const at::Tensor of_inputs =
        direction->backward(saved[0], {saved[1], {}, saved[2], saved[3]}, gradients[0], gradients[1]);
    return {of_inputs, at::Tensor(), at::Tensor()};
  }
};

std::pair<at::Tensor, at::Tensor> CudnnDirection::operator()(const at::Tensor& inputs) {
  const at::Tensor typed = inputs.to(type_).contiguous();
  if (!at::GradMode::is_enabled()) {
    const Forward result = forward(typed, false);
    return {result.outputs.to(at::kFloat), result.last.to(at::kFloat)};
  }
  const variable_list result = CudnnFunction::apply(typed, anchor_, this);
  return {result[0].to(at::kFloat), result[1].to(at::kFloat)};
}

}  // namespace

model::Directions make_cudnn_directions(const CudnnSetup& setup, const ExecutionTarget& target) {
  model::Directions directions(setup.options.layers);
  try {
    for (std::int64_t layer = 0; layer < setup.options.layers; ++layer)
      for (int backward = 0; backward < (setup.options.bidirectional ? 2 : 1); ++backward) {
        const auto direction = std::make_shared<CudnnDirection>(setup, layer, backward == 1, target);
        directions[layer].push_back([direction](const at::Tensor& inputs) { return (*direction)(inputs); });
      }
    const at::NoGradGuard no_tape;
    const std::int64_t features =
        setup.layout.find(model::rnn_prefix(setup.options, 0, false) + ".kernel")->shape[0];
    directions[0][0](target.make_zeros({1, 1, features}));
  } catch (const c10::Error& error) {
    throw UserError(std::string("cuDNN cannot compute these layers here (") + error.what_without_backtrace() +
                    "); use train.precision: f32, or parallel.engine: torch");
  }
  return directions;
}

}  // namespace cellsweep::device
