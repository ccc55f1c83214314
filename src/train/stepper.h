// The steps of a run, wherever they are computed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "comm/communicator.h"
#include "data/dataset.h"
#include "model/layout.h"
#include "model/network.h"
#include "train/evaluation.h"
#include "train/stepper_state.h"
#include "train/train_options.h"

namespace cellsweep::train {

// What is known of a step. Times are in seconds; those that a stepper cannot distinguish are 0.
struct StepFacts {
  double seconds = 0;
  // Parts of it.
  double gather = 0;
  double forward = 0;
  double backward = 0;
  double all_reduce = 0;  // of gradients
  double update = 0;
  double statistics = 0;              // within forward and backward: reductions of batch statistics
  std::int64_t all_reduce_bytes = 0;  // of gradients, that this rank gave
  std::optional<double> gradient_norm =
      {};  // L2, of the mean gradient before clipping; in a few steps a second
};

// A model with its weights, its optimizer and the samples it learns from: what turns a batch into new
// weights. Not thread-safe. What is collective is called by every rank of the group, in the same order.
class Stepper {
 public:
  virtual ~Stepper() = default;

  virtual const model::Layout& layout() const = 0;
  // The weights after the last step, in host memory, laid out as layout() says; valid until they change.
  virtual std::span<const float> parameters() = 0;
  virtual std::span<const float> moving_statistics() = 0;
  // Takes the place of the weights.
  virtual void set_weights(std::span<const float> parameters, std::span<const float> moving_statistics) = 0;

  // What of all that save() would save is not finite on this rank, in words; empty if all is finite. Costs
  // a pass over the weights and the moments.
  virtual std::string find_not_finite() = 0;

  // Collective. All that restore() needs; on rank 0 whole, on others without the weights and the moments.
  virtual StepperState save() = 0;
  // Takes over the state of a stepper with the same options, in the middle of an epoch or before one. `state`
  // is that of its rank 0, on every rank.
  virtual void restore(const StepperState& state) = 0;

  // Before batch `first` of an epoch, of which restore() brought those before it: the order of the epoch's
  // samples, the same on every rank, which outlives the epoch.
  virtual void begin_epoch(std::span<const std::int64_t> order, std::int64_t first) = 0;
  // Collective. Trains on batch `batch` of the epoch, and perhaps on some of those that follow it, but none
  // from `end` on: returns how many were trained on.
  virtual std::int64_t step_batches(std::int64_t batch, std::int64_t end) = 0;
  // What is known of the step of the last call of step_batches(); if it made several, their mean, which may
  // lag behind.
  virtual StepFacts facts() const = 0;
  // That of the last update.
  virtual double learning_rate() const = 0;
  // The metrics over this rank's samples of the epoch so far, or some of them; they may lag behind, and cost
  // little.
  virtual metrics::MetricValues metrics() = 0;
  // Collective. The means over the batches as they were seen in training, and starts them anew.
  virtual Evaluation end_epoch() = 0;
  // Collective. Over the validation samples, every one counted once. Calls `may_continue` now and
  // then: if it returns false, this rank leaves out the rest, and the result means nothing.
  virtual Evaluation evaluate(const std::function<bool()>& may_continue) = 0;
};

// What a stepper on this host is made of; what it refers to outlives the stepper.
struct HostSetup {
  const TrainOptions& options;
  std::int64_t shards;  // of each rank, as the network has them
  const data::Splits& splits;
  std::unique_ptr<model::Network> network;
  comm::Communicator& group;
};
// Makes a stepper that computes on this process's CPUs with the weights of setup.network, and sums gradients
// and metrics over setup.group. Making it is not collective; Stepper says which members are.
std::unique_ptr<Stepper> make_cpu_stepper(HostSetup setup);

// The batches that a run of these options trains on, if nothing ends it early.
std::int64_t total_steps(const TrainOptions& options, std::int64_t training_samples);

}  // namespace cellsweep::train
