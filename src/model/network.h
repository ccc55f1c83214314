// What a trainer sees of a model, whichever engine computes it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "comm/communicator.h"
#include "model/layout.h"
#include "model/model_options.h"

namespace cellsweep::model {

// This rank's share of a global batch. The spans outlive the call they are given to; all may be empty (a rank
// whose share is empty still takes part in the group's reductions).
struct Batch {
  std::int64_t samples = 0;              // of this share
  std::span<const float> inputs;         // (samples, time, features)
  std::span<const std::int32_t> labels;  // (samples) for a classification
  std::span<const float> targets;        // (samples) for a regression
  std::int64_t global_samples = 0;       // of the whole batch, over all ranks
  std::int64_t first_sample = 0;         // position of this share in the whole batch
};

// Sums over samples, of this rank.
struct MetricSums {
  double loss = 0;
  std::int64_t correct = 0;  // classification: samples whose largest output is the label's
  std::int64_t samples = 0;
};

// A network with its weights. Not thread-safe: one thread drives it. forward_backward is collective over the
// group where the model has batch normalisation: all ranks of the group call it, in the same order. Nothing
// else is.
class Network {
 public:
  virtual ~Network() = default;

  virtual const Layout& layout() const = 0;
  // The three flat buffers, laid out as layout() says. They live as long as the network and never move.
  virtual std::span<float> parameters() = 0;
  virtual std::span<float> gradients() = 0;
  virtual std::span<float> moving() = 0;

  // Adds the gradient of the *sum* of the loss over the share to gradients() (the caller zeroes them), moves
  // the moving statistics, and adds to the metric sums. `step` names the dropout masks: the mask of a sample
  // is a pure function of (seed, step, its position in the global batch).
  virtual void forward_backward(const Batch& batch, std::int64_t step) = 0;
  // Inference: moving statistics, no dropout; adds to the metric sums and changes nothing else.
  virtual void evaluate(const Batch& batch) = 0;
  // Inference: writes the outputs of the last layer, logits or values, to `out` (samples, outputs).
  virtual void predict(const Batch& batch, std::span<float> out) = 0;

  // The metric sums since the last call, and starts them anew.
  virtual MetricSums take_metrics() = 0;
};

// How a network is computed; what the numbers mean is in ModelOptions.
struct NetworkOptions {
  ModelOptions model;
  ProblemShape shape;
  Loss loss = Loss::sparse_categorical_crossentropy;
  std::uint64_t seed = 1;
  bool synchronize_batch_norm = true;  // batch statistics over the group, else each rank's own
  Engine engine = Engine::automatic;
};

// The engine that a wish leads to, and why, for the log.
struct EngineChoice {
  Engine engine = Engine::fused;
  std::string reason;
};
EngineChoice choose_engine(Engine wish);

// Makes a network with initialised weights (from the seed, or model.initial_weights), the same on every rank.
// `group` is kept by reference. Throws UserError where initial_weights does not fit the model.
std::unique_ptr<Network> make_network(const NetworkOptions& options, comm::Communicator& group);

// How many threads the torch engine of this process computes with (fused always uses one). Call it before the
// first step.
void set_compute_threads(int threads);

}  // namespace cellsweep::model
