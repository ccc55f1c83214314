// Gradients on a device, summed over the group.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "comm/device_reduction.h"
#include "comm/parallel_options.h"
#include "device/runtime.h"
#include "model/layout.h"
#include "model/model_options.h"

namespace cellsweep::device {

// Small gradients are summed at once, after the backward pass; large ones in buckets, beside it: that of a
// layer while the layers before it are still at work. What a bucket holds is the same on every rank, and
// buckets go in one order, so ranks that have no samples take part too.
class GradientSum {
 public:
  // `gradients` is a flat buffer of floats as `layout` says. The references outlive it. `ranks`: of the
  // group.
  GradientSum(const model::ModelOptions& options, const model::Layout& layout, const at::Tensor& gradients,
              comm::GradientType type, int ranks, Runtime& runtime, comm::DeviceReduction& reduction);

  // Before the backward pass of a step. Without `reduce` nothing is summed: more gradients follow.
  void begin(bool reduce);
  // The gradients of what follows the recurrent layers, and those of a direction of a layer, are complete.
  void head_ready();
  void direction_ready(std::int64_t layer, bool backward);
  // After the backward pass. Work that follows on the runtime's stream sees the sums. Collective.
  void finish();

 private:
  struct Bucket {
    std::int64_t offset = 0, size = 0;
    bool is_ready = false;
  };
  void ready(std::size_t bucket);
  void reduce(const Bucket& bucket, const Stream& stream);

  bool bidirectional_;
  at::Tensor gradients_, rounded_;  // rounded_: in bfloat16; undefined for floats
  Runtime& runtime_;
  comm::DeviceReduction& reduction_;
  std::vector<Bucket> buckets_;  // in their order: head, last layer, …, first layer
  std::size_t next_ = 0;         // bucket to be summed
  bool reduces_ = false;
  bool overlaps_ = false;
};

}  // namespace cellsweep::device
