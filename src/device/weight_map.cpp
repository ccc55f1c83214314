#include <ATen/ops/arange.h>
#include <ATen/ops/zeros_like.h>

#include "device/cudnn_directions.h"

namespace cellsweep::device {
namespace {

// The places of a weight in the flat buffer, counted from 1, in Keras' shape.
at::Tensor places(const model::Layout& layout, const std::string& name) {
  const model::Weight& weight = *layout.find(name);
  return at::arange(weight.offset + 1, weight.offset + 1 + weight.size, at::kLong).view(weight.shape);
}

// The same, of the four tensors that cuDNN wants; 0 if there is nothing in the flat buffer.
std::vector<at::Tensor> places_of_weights(const model::ModelOptions& options, const model::Layout& layout,
                                          const std::string& prefix) {
  std::vector<at::Tensor> all = {places(layout, prefix + ".kernel"),
                                 places(layout, prefix + ".recurrent_kernel"),
                                 places(layout, prefix + ".bias")};
  if (options.cell == model::Cell::gru) {
    for (at::Tensor& one : all) one = model::reorder_gru_gates(one, options.hidden_size);
    return {all[0].t(), all[1].t(), all[2][0], all[2][1]};
  }
  return {all[0].t(), all[1].t(), all[2], at::zeros_like(all[2])};
}

}  // namespace

at::Tensor make_weight_map(const model::ModelOptions& options, const model::Layout& layout,
                           const std::string& prefix, at::TensorOptions type, const Flatten& flatten) {
  const std::vector<at::Tensor> weights = places_of_weights(options, layout, prefix);
  // The places themselves are laid out, digit by digit, as if they were weights: so cuDNN shows where each
  // goes.
  constexpr std::int64_t base = 128;
  at::Tensor map;
  for (std::int64_t factor = 1; factor <= layout.trainable_size; factor *= base) {
    std::vector<at::Tensor> digits;
    for (const at::Tensor& weight : weights)
      digits.push_back(weight.floor_divide(factor).remainder(base).to(type).contiguous());
    const at::Tensor laid = flatten(digits).to(at::kCPU, at::kLong).mul_(factor);
    map = map.defined() ? map.add_(laid) : laid;
  }
  return map.sub_(1);
}

}  // namespace cellsweep::device
