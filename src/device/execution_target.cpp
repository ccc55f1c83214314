#include "device/execution_target.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>

#include <cassert>

#include "device/optimizer_kernels.h"

namespace cellsweep::device {

at::Tensor ExecutionTarget::make(at::IntArrayRef sizes, at::ScalarType type) const {
  return at::empty(sizes, at::TensorOptions(device).dtype(type));
}

at::Tensor ExecutionTarget::make_zeros(at::IntArrayRef sizes, at::ScalarType type) const {
  return at::zeros(sizes, at::TensorOptions(device).dtype(type));
}

// The cast is safe: the view is only read.
template <class Value>
void upload(std::span<const Value> values, const at::Tensor& to) {
  assert(std::ssize(values) == to.numel());
  to.copy_(at::from_blob(const_cast<Value*>(values.data()), to.sizes(), to.options().device(at::kCPU)));
}
template void upload(std::span<const float>, const at::Tensor&);
template void upload(std::span<const double>, const at::Tensor&);
template void upload(std::span<const std::uint8_t>, const at::Tensor&);
template void upload(std::span<const std::int32_t>, const at::Tensor&);
template void upload(std::span<const std::int64_t>, const at::Tensor&);

void download(const at::Tensor& from, std::span<float> values) {
  assert(std::ssize(values) == from.numel());
  at::from_blob(values.data(), from.sizes()).copy_(from);
}

bool all_finite(const at::Tensor& values) {
  return at::isfinite(values).all().item<bool>();
}

}  // namespace cellsweep::device
