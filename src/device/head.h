// What follows the recurrent layers, on a device: model::Head's counterpart.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "comm/device_reduction.h"
#include "device/execution_target.h"
#include "device/kernels.h"
#include "model/layout.h"
#include "model/network.h"

namespace cellsweep::device {

// How many samples a batch has.
struct BatchSize {
  std::int64_t mine = 0;    // of this rank
  std::int64_t global = 0;  // over all ranks
  std::int64_t first = 0;   // position of this rank's first sample in the global batch
};

// Batch normalisation, Dense and the loss, on views of flat buffers of floats, laid out as a Layout says. Not
// thread-safe.
class Head {
 public:
  struct Buffers {
    at::Tensor parameters, gradients, moving_statistics;
  };
  // `metrics`: the sums of loss, hits and samples, and of what else the options' metrics need. `reduction`
  // outlives it.
  Head(const model::NetworkOptions& options, const model::Layout& layout, const Buffers& buffers,
       const at::Tensor& metrics, const ExecutionTarget& target, comm::DeviceReduction& reduction);

  // Training on the last outputs of the recurrent layers (samples, width): adds to the metrics, adds the
  // gradients of scale * the sum of the loss to the gradients of the weights, and returns those of `inputs`.
  // Collective: a rank without samples takes part.
  at::Tensor train(const at::Tensor& inputs, const BatchMemory& batch, const BatchSize& size, float scale);
  // Inference: adds to the metrics.
  void evaluate(const at::Tensor& inputs, const BatchMemory& batch, std::int64_t samples);

 private:
  // Normalised inputs, and what becomes of them with gamma and beta.
  struct Normalized {
    at::Tensor normalized, outputs;
  };
  Normalized normalize(const at::Tensor& inputs, const BatchSize& size);
  void normalize_backward(const Normalized& forward, const at::Tensor& gradient, const BatchSize& size);
  at::Tensor dense(const at::Tensor& inputs) const;
  void add_more(const at::Tensor& outputs, const BatchMemory& batch);
  // The gradient of the outputs, if a `scale` is given; adds to the metrics.
  at::Tensor loss(const at::Tensor& outputs, const BatchMemory& batch, const float* scale);

  model::Loss loss_;
  model::SumsLayout more_;
  bool has_batch_norm_, synchronize_;
  ExecutionTarget target_;
  comm::DeviceReduction& reduction_;
  at::Tensor kernel_, bias_, kernel_gradient_, bias_gradient_;
  at::Tensor gamma_gradient_, beta_gradient_;
  at::Tensor mean_, inverse_deviation_, statistics_;
  BatchNormMemory memory_;
  at::Tensor metrics_;
};

}  // namespace cellsweep::device
