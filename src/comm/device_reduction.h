// Sums over a group, in the memory of devices.
#pragma once

#include <cstddef>
#include <memory>

#include "comm/communicator.h"

struct CUstream_st;

namespace cellsweep::comm {

// A CUDA stream.
using Stream = CUstream_st*;

enum class Scalar { float32, float64, bfloat16 };

// Not thread-safe. Every rank of the group calls all_reduce() in the same order with the same sizes.
class DeviceReduction {
 public:
  virtual ~DeviceReduction() = default;

  // Replaces the `count` values of this device's memory at `values` by their element-wise sum over the group,
  // after the work that is already on `stream`. It may return before that is done: work that follows on the
  // stream sees the sum. Bitwise equal on all ranks. Throws Error if it cannot be done.
  virtual void all_reduce(void* values, std::size_t count, Scalar type, Stream stream) = 0;
  // Whether all_reduce() does nothing but enqueue, so that it can be recorded into a CUDA graph.
  virtual bool is_recordable() const = 0;
  // To be called now and then while a stream is waited for: throws Error if another rank has failed.
  virtual void check() {}
};

// For memory of the host, or a group of one. `group` outlives it.
std::unique_ptr<DeviceReduction> make_direct_reduction(Communicator& group);

}  // namespace cellsweep::comm
