// What is enqueued on a device for a step, and for a batch of an evaluation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "comm/device_reduction.h"
#include "device/gradient_sum.h"
#include "device/head.h"
#include "device/kernels.h"
#include "device/optimizer.h"
#include "device/runtime.h"
#include "device/samples.h"
#include "model/layout.h"
#include "model/network.h"
#include "model/torch/layers.h"
#include "train/train_options.h"

namespace cellsweep::engines {
struct DeviceSetup;
}

namespace cellsweep::device {

// What a step works on, in the device's memory, where it stays: recorded steps find it there again.
struct Memory {
  Memory(const model::Layout& layout, const model::SumsLayout& sums, std::int64_t training_samples,
         std::int64_t batches, const ExecutionTarget& target);

  at::Tensor parameters, gradients, moving_statistics;  // flat floats, laid out as the layout says
  at::Tensor metrics;      // the sums of loss, hits and samples so far, and further ones
  at::Tensor batch, step;  // the next ones, of the epoch and of the run
  at::Tensor order;        // of the epoch's samples
  at::Tensor rates;        // a Rate for each batch of the epoch
};

// Not thread-safe. Nothing here waits for the device, and nothing is read back.
class StepProgram {
 public:
  // The references outlive it. Throws UserError if cuDNN cannot compute what the options ask for.
  StepProgram(const engines::DeviceSetup& setup, const model::Layout& layout, const Memory& memory,
              Runtime& runtime, comm::DeviceReduction& reduction);

  // One step, from the samples of the batch that memory.batch names to new weights, if it `updates` them.
  // Collective.
  void enqueue_step(const BatchSize& size, bool updates);
  // Adds the metrics of `samples` validation samples, from `first` on plus batch_size for each batch before.
  void enqueue_evaluation(std::int64_t first, std::int64_t samples);

  Optimizer& optimizer() { return optimizer_; }

 private:
  // A batch in this device's memory.
  struct GatheredBatch {
    at::Tensor inputs, labels, targets;
    BatchMemory memory() const {
      return {.inputs = inputs.mutable_data_ptr<float>(),
              .labels = labels.defined() ? labels.mutable_data_ptr<std::int32_t>() : nullptr,
              .targets = targets.defined() ? targets.mutable_data_ptr<float>() : nullptr};
    }
  };

  model::Directions make_directions(const engines::DeviceSetup& setup);
  GatheredBatch enqueue_gather(const Samples& samples, const BatchSelection& selection);
  model::Dropout make_dropout(const BatchSize& size);

  const train::TrainOptions& options_;
  const model::NetworkOptions network_;
  const model::Layout& layout_;
  const Memory& memory_;
  const ExecutionTarget target_;
  ResidentSamples training_, validation_;
  GradientSum gradient_sum_;
  model::Directions directions_;
  Head head_;
  Optimizer optimizer_;
};

}  // namespace cellsweep::device
