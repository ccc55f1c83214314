// What a trainer sees of a model, whichever engine computes it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "model/layout.h"
#include "model/model_options.h"

namespace cellsweep::model {

class MetricSet;

// This rank's slice of a global batch. The spans outlive the call they are given to; all may be empty (a rank
// whose slice is empty still takes part in the group's reductions).
struct Batch {
  std::int64_t samples = 0;               // of this slice
  std::span<const float> inputs;          // (samples, time, features), or empty if there are bytes
  std::span<const std::int32_t> labels;   // (samples) for a classification
  std::span<const float> targets;         // (samples) for a regression
  std::span<const std::uint8_t> bytes{};  // in place of inputs, each divided by byte_divisor
  float byte_divisor = 255;
  std::int64_t global_samples = 0;  // of the whole batch, over all ranks
  std::int64_t first_sample = 0;    // position of this slice in the whole batch
  // Where each shard of this slice ends, the last one with `samples`. Empty: all is one shard. Sums over
  // samples are made shard by shard and summed by comm::add_pairwise, so they depend on how the batch is
  // cut in shards, not on how the shards lie on ranks.
  std::span<const std::int64_t> shard_ends{};
};

// The ends of the shards of `batch`, which outlives them.
inline std::span<const std::int64_t> shards_of(const Batch& batch) {
  return batch.shard_ends.empty() ? std::span(&batch.samples, 1) : batch.shard_ends;
}

// Sums over samples.
struct MetricSums {
  double loss = 0;
  std::int64_t correct = 0;  // classification: samples whose largest output is the label's
  std::int64_t samples = 0;
  std::vector<double> more{};  // as SumsLayout has them; empty if no metric needs more
};

// A network with its weights. Not thread-safe: one thread drives it. forward_backward is collective over the
// group if the model has batch normalisation: all ranks of the group call it, in the same order. Nothing
// else is.
class Network {
 public:
  virtual ~Network() = default;

  virtual const Layout& layout() const = 0;
  // The flat buffers, laid out as layout() says, with one buffer of gradients for each shard, one after the
  // other. They live as long as the network and never move.
  virtual std::span<float> parameters() = 0;
  virtual std::span<float> gradients() = 0;
  virtual std::span<float> moving_statistics() = 0;

  // Adds the gradient of the *sum* of the loss over each shard to its gradients() (the caller zeroes them),
  // moves the moving statistics, and adds to the metric sums. `step` names the dropout masks: the mask of a
  // sample is a pure function of (seed, step, its position in the global batch).
  virtual void forward_backward(const Batch& batch, std::int64_t step) = 0;
  // Seconds that forward_backward() has spent on outputs and loss since the network was made.
  virtual double forward_seconds() const = 0;
  // Seconds that it has spent on reductions over the group, of which most is the wait for slower ranks.
  virtual double reduction_seconds() const = 0;
  // Inference: moving statistics, no dropout; adds to the metric sums of `shard` and changes nothing else.
  virtual void evaluate(const Batch& batch, std::int64_t shard) = 0;
  // Inference: writes the outputs of the last layer, logits or values, to `out` (samples, outputs).
  virtual void predict(const Batch& batch, std::span<float> out) = 0;

  // What it measures: which metric sums it adds to.
  virtual const MetricSet& metric_set() const = 0;
  // The metric sums of all shards together, so far.
  virtual MetricSums metrics() = 0;
  // The metric sums of each shard, so far.
  virtual std::vector<MetricSums> shard_metrics() = 0;
  // Continues the sums from these, one a shard.
  virtual void set_metrics(std::span<const MetricSums> sums) = 0;
  // The metric sums of each shard, and starts them anew.
  virtual std::vector<MetricSums> take_metrics() = 0;
};

// How a network is computed; what the numbers mean is in ModelOptions.
struct NetworkOptions {
  ModelOptions model;
  DataShape shape;
  Loss loss = Loss::sparse_categorical_crossentropy;
  std::optional<std::vector<std::string>> metrics{};  // see metrics_of()
  std::uint64_t seed = 1;
  bool synchronize_batch_norm = true;  // batch statistics over the group, else each rank's own
  std::int64_t shards = 1;             // of this rank; more than one only with Engine::fused
  int threads = 1;                     // that compute the recurrent layers
  Engine engine = Engine::automatic;
};

}  // namespace cellsweep::model
