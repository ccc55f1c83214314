// LibTorch's operations on cuDNN, for tensors on the host: written from cuDNN's documentation of its cells
// and of the order of their gates, so that what is built upon them can be tested without a GPU. Weights lie
// in their buffer in an order, with gaps, that is nobody's.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <tuple>
#include <vector>

namespace {

using at::Tensor;

constexpr int64_t tanh_mode = 1, lstm_mode = 2, gru_mode = 3;

int64_t gates_of(int64_t mode) {
  return mode == lstm_mode ? 4 : mode == gru_mode ? 3 : 1;
}

// w_ih (gates * hidden, features), w_hh (gates * hidden, hidden), b_ih, b_hh
std::vector<Tensor> views(const Tensor& buffer, int64_t features, int64_t hidden, int64_t mode) {
  const int64_t rows = gates_of(mode) * hidden;
  int64_t at = 3;
  const auto take = [&](at::IntArrayRef sizes) {
    const int64_t count = c10::multiply_integers(sizes);
    const Tensor view = buffer.narrow(0, at, count).view(sizes);
    at += count + 2;
    return view;
  };
  const Tensor b_hh = take({rows}), w_hh = take({rows, hidden}), b_ih = take({rows});
  return {take({rows, features}), w_hh, b_ih, b_hh};
}

Tensor flatten(at::TensorList weights, int64_t, c10::SymInt features, int64_t mode, c10::SymInt hidden,
               c10::SymInt, int64_t, bool, bool) {
  int64_t size = 11;
  for (const Tensor& weight : weights) size += weight.numel();
  const Tensor buffer = at::zeros({size}, weights[0].options());
  const auto places = views(buffer, features.expect_int(), hidden.expect_int(), mode);
  for (size_t i = 0; i < weights.size(); ++i) {
    places[i].copy_(weights[i]);
    const Tensor weight = weights[i];
    weight.unsafeGetTensorImpl()->shallow_copy_from(places[i].getIntrusivePtr());
  }
  return buffer;
}

// What the backward pass needs of a step.
struct Step {
  Tensor input, h_before, c_before, gates, candidate, c;
};

// One step of a cell: gates are those after their activation; h is returned.
Tensor run_step(Step& step, const std::vector<Tensor>& w, int64_t mode) {
  const Tensor x = at::addmm(w[2], step.input, w[0].t()), h = at::addmm(w[3], step.h_before, w[1].t());
  if (mode == tanh_mode) return step.gates = at::tanh(x + h);
  const int64_t hidden = w[1].size(1);
  const auto part = [&](const Tensor& all, int64_t gate) { return all.narrow(1, gate * hidden, hidden); };
  if (mode == lstm_mode) {  // i, f, c, o
    const Tensor all = x + h;
    step.gates = at::cat({at::sigmoid(part(all, 0)), at::sigmoid(part(all, 1)), at::tanh(part(all, 2)),
                          at::sigmoid(part(all, 3))},
                         1);
    step.c = part(step.gates, 1) * step.c_before + part(step.gates, 0) * part(step.gates, 2);
    return part(step.gates, 3) * at::tanh(step.c);
  }
  const Tensor r = at::sigmoid(part(x, 0) + part(h, 0)), z = at::sigmoid(part(x, 1) + part(h, 1));
  step.candidate = part(h, 2);
  const Tensor n = at::tanh(part(x, 2) + r * step.candidate);
  step.gates = at::cat({r, z, n}, 1);
  return (1 - z) * n + z * step.h_before;
}

std::tuple<std::vector<Step>, Tensor> run(const Tensor& input, const std::vector<Tensor>& w, const Tensor& hx,
                                          const Tensor& cx, int64_t mode) {
  std::vector<Step> steps;
  std::vector<Tensor> outputs;
  Tensor h = hx[0], c = cx.defined() ? cx[0] : Tensor();
  for (int64_t time = 0; time < input.size(0); ++time) {
    steps.push_back({input[time], h, c, {}, {}, {}});
    h = run_step(steps.back(), w, mode);
    c = steps.back().c;
    outputs.push_back(h);
  }
  return {steps, at::stack(outputs)};
}

std::vector<Tensor> float_views(const Tensor& buffer, int64_t features, int64_t hidden, int64_t mode) {
  return views(buffer.to(at::kFloat), features, hidden, mode);
}

std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor> forward(
    const Tensor& input, at::TensorList, int64_t, const std::optional<Tensor>& buffer, const Tensor& hx,
    const std::optional<Tensor>& cx, int64_t mode, c10::SymInt hidden, c10::SymInt, int64_t, bool, double,
    bool, bool, c10::SymIntArrayRef, const std::optional<Tensor>&) {
  TORCH_CHECK(input.is_contiguous() && hx.is_contiguous());
  const auto w = float_views(*buffer, input.size(2), hidden.expect_int(), mode);
  auto [steps, outputs] = run(input.to(at::kFloat), w, hx.to(at::kFloat),
                              mode == lstm_mode ? cx->to(at::kFloat) : Tensor(), mode);
  outputs = outputs.to(input.scalar_type());
  const Tensor cell = mode == lstm_mode ? steps.back().c.unsqueeze(0) : at::empty({0});
  return {outputs, outputs[-1].unsqueeze(0).clone(), cell, at::empty({7}, at::kByte), *buffer};
}

// dL/d(what goes into the gates), from those of h and c; changes them to those of the step before, but for
// what comes through the recurrent product. Second: the same for the recurrent side, which only a gru has
// apart.
std::pair<Tensor, Tensor> step_back(const Step& step, Tensor& dh, Tensor& dc, int64_t mode) {
  if (mode == tanh_mode) {
    const Tensor d = dh * (1 - step.gates * step.gates);
    dh = at::zeros_like(dh);
    return {d, d};
  }
  const int64_t hidden = dh.size(1);
  const auto gate = [&](int64_t i) { return step.gates.narrow(1, i * hidden, hidden); };
  if (mode == lstm_mode) {
    const Tensor tanh_c = at::tanh(step.c);
    const Tensor d_o = dh * tanh_c * gate(3) * (1 - gate(3));
    dc = dc + dh * gate(3) * (1 - tanh_c * tanh_c);
    const Tensor d =
        at::cat({dc * gate(2) * gate(0) * (1 - gate(0)), dc * step.c_before * gate(1) * (1 - gate(1)),
                 dc * gate(0) * (1 - gate(2) * gate(2)), d_o},
                1);
    dc = dc * gate(1);
    dh = at::zeros_like(dh);
    return {d, d};
  }
  const Tensor r = gate(0), z = gate(1), n = gate(2);
  const Tensor dn = dh * (1 - z) * (1 - n * n);
  const Tensor dz = dh * (step.h_before - n) * z * (1 - z);
  const Tensor dr = dn * step.candidate * r * (1 - r);
  dh = dh * z;
  return {at::cat({dr, dz, dn}, 1), at::cat({dr, dz, dn * r}, 1)};
}

std::tuple<Tensor, Tensor, Tensor, std::vector<Tensor>> backward(
    const Tensor& input, at::TensorList, int64_t, const Tensor& buffer, const Tensor& hx,
    const std::optional<Tensor>& cx, const Tensor&, const std::optional<Tensor>& of_outputs,
    const std::optional<Tensor>& of_last, const std::optional<Tensor>&, int64_t mode, c10::SymInt hidden_size,
    c10::SymInt, int64_t, bool, double, bool train, bool, c10::SymIntArrayRef, const std::optional<Tensor>&,
    const Tensor& reserve, std::array<bool, 4>) {
  TORCH_CHECK(train && reserve.numel() == 7);
  const int64_t hidden = hidden_size.expect_int(), features = input.size(2);
  const auto w = float_views(buffer, features, hidden, mode);
  const auto [steps, outputs] = run(input.to(at::kFloat), w, hx.to(at::kFloat),
                                    mode == lstm_mode ? cx->to(at::kFloat) : Tensor(), mode);
  const Tensor gradient = at::zeros({buffer.numel()});
  const auto dw = views(gradient, features, hidden, mode);
  Tensor dh = at::zeros({input.size(1), hidden}), dc = at::zeros_like(dh);
  if (of_last) dh = dh + of_last->to(at::kFloat)[0];
  std::vector<Tensor> of_inputs(steps.size());
  for (int64_t time = std::ssize(steps) - 1; time >= 0; --time) {
    const Step& step = steps[static_cast<size_t>(time)];
    dh = dh + (*of_outputs)[time].to(at::kFloat);
    const auto [dx, dr] = step_back(step, dh, dc, mode);
    dh = dh + dr.mm(w[1]);
    of_inputs[static_cast<size_t>(time)] = dx.mm(w[0]);
    dw[0].add_(dx.t().mm(step.input));
    dw[1].add_(dr.t().mm(step.h_before));
    dw[2].add_(dx.sum(0));
    dw[3].add_(dr.sum(0));
  }
  const auto type = input.scalar_type();
  return {at::stack(of_inputs).to(type), dh.to(type), dc.to(type),
          views(gradient.to(type), features, hidden, mode)};
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, CPU, library) {
  library.impl("_cudnn_rnn_flatten_weight", flatten);
  library.impl("_cudnn_rnn", forward);
  library.impl("_cudnn_rnn_backward", backward);
}
