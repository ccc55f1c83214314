// Kernels as functions of an index. Only for kernels.cu.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/host_device.h"
#include "device/stream.h"

namespace cellsweep::device {

#ifdef __CUDACC__

constexpr int threads_per_block = 256;

template <class Body>
__global__ void run_body(std::int64_t count, Body body) {
  const std::int64_t index = static_cast<std::int64_t>(blockIdx.x) * threads_per_block + threadIdx.x;
  if (index < count) body(index);
}

template <class Body>
void launch(const Stream& stream, std::int64_t count, const Body& body) {
  const auto blocks = static_cast<unsigned>((count + threads_per_block - 1) / threads_per_block);
  run_body<<<blocks, threads_per_block, 0, stream.stream>>>(count, body);
  const cudaError_t code = cudaGetLastError();
  if (code != cudaSuccess) throw Error(std::string("launching a kernel failed: ") + cudaGetErrorString(code));
}

#else

template <class Body>
void launch(const Stream&, std::int64_t, const Body&) {
  throw Error("this build has no CUDA kernels");
}

#endif

// Calls body(i) for each i below `count`, in any order and at the same time: the calls write to different
// places.
template <class Body>
void for_each(const Stream& stream, std::int64_t count, const Body& body) {
  if (count == 0) return;
  if (!stream.is_host) return launch(stream, count, body);
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

}  // namespace cellsweep::device
