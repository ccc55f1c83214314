// The device and stream on which tensors are made and used.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <span>

#include "device/stream.h"

namespace cellsweep::device {

struct ExecutionTarget {
  at::Device device = at::kCPU;
  Stream stream;

  // Tensors on this target: with any values, or all zeros.
  at::Tensor make(at::IntArrayRef sizes, at::ScalarType type = at::kFloat) const;
  at::Tensor make_zeros(at::IntArrayRef sizes, at::ScalarType type = at::kFloat) const;
};

// Copies values from the host to a flat tensor of their size; they may be changed when it returns.
template <class Value>
void upload(std::span<const Value> values, const at::Tensor& to);
// Copies a flat tensor to values of its size on the host, once the work on the current stream is done.
void download(const at::Tensor& from, std::span<float> values);
// Whether none of the values is NaN or infinite, once the work on the current stream is done.
bool all_finite(const at::Tensor& values);

}  // namespace cellsweep::device
