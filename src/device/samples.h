// A data set where a device reads it.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "data/dataset.h"
#include "device/execution_target.h"
#include "device/kernels.h"

namespace cellsweep::device {

// Keeps the samples in the device's memory; if they do not fit, the device reads them from the host's
// memory, which is pinned for it.
class ResidentSamples {
 public:
  // `dataset` outlives it.
  ResidentSamples(const data::Dataset& dataset, const ExecutionTarget& target);

  // Valid as long as this lives.
  const Samples& get() const { return samples_; }

 private:
  at::Tensor inputs_, labels_;
  std::shared_ptr<const void> pinned_;
  Samples samples_;
};

// Makes memory of the host readable for the device at the address that is returned, until the last owner of
// `pin` is gone. `bytes` of device memory are free (device_memory_free). Throw Error in builds without CUDA.
struct PinnedMemory {
  const void* on_device = nullptr;
  std::shared_ptr<const void> pin;
};
PinnedMemory pin(const void* memory, std::size_t bytes);
std::size_t free_device_memory();

}  // namespace cellsweep::device
