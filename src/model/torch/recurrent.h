// The recurrent layers, on LibTorch's autograd.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "model/layout.h"
#include "model/network.h"

namespace cellsweep::model {

// All recurrent layers of a network, from a batch's inputs to the last output of the last layer. Weights and
// gradients are views of the network's flat buffers, which must outlive it and stay where they are. Not
// thread-safe.
class Recurrent {
 public:
  Recurrent(const NetworkOptions& options, const Layout& layout, std::span<float> parameters,
            std::span<float> gradients);
  ~Recurrent();

  // The last outputs (samples, rnn_output_size) for a batch that has samples, with dropout; valid until the
  // next call.
  std::span<const float> forward(const Batch& batch, std::int64_t step);
  // Adds to the gradients what dL/d(outputs) of the last forward() leads to. Once a forward().
  void backward(std::span<float> gradient);
  // The last outputs without dropout and without a tape for backward(); valid until the next call.
  std::span<const float> infer(const Batch& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cellsweep::model
