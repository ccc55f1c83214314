// From gradients to new weights, on a device: train::Optimizer's counterpart.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "device/execution_target.h"
#include "device/optimizer_kernels.h"
#include "model/layout.h"
#include "train/train_options.h"

namespace cellsweep::device {

// Not thread-safe. The options and the layout outlive it.
class Optimizer {
 public:
  // `parameters` and `gradients` are flat buffers of floats, laid out as `layout` says.
  Optimizer(const train::OptimizerOptions& options, const model::Layout& layout, const at::Tensor& parameters,
            const at::Tensor& gradients, const ExecutionTarget& target);

  // Clips the gradients, which are those of the mean loss, as the options say, updates the parameters at the
  // rate of place *batch of `rates`, both of which are in device memory, and sets the gradients to zero.
  void update(const Rate* rates, const std::int64_t* batch);

  // Copies the moments, train::Optimizer's first() and second(), to the host, and back. There is no work on
  // the device.
  void save(std::vector<float>& first, std::vector<float>& second) const;
  void restore(std::span<const float> first, std::span<const float> second);
  // Whether no moment is NaN or infinite. There is no work on the device.
  bool is_finite() const;

 private:
  void clip();

  const train::OptimizerOptions& options_;
  const model::Layout& layout_;
  ExecutionTarget target_;
  at::Tensor parameters_, gradients_;
  at::Tensor first_, second_;  // moments, as train::Optimizer has them; undefined if there are none
};

// Rates of an epoch's batches, for an optimizer that has done `updates` updates before it and does one after
// every `accumulation` batches of the run, of which `steps` came before. `total_updates`: of the run. Rates
// of batches without an update are those of the update they are gathered for.
std::vector<Rate> make_rates(const train::TrainOptions& options, std::int64_t batches, std::int64_t steps,
                             std::int64_t total_updates);

}  // namespace cellsweep::device
