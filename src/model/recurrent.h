// The recurrent layers of a network: what an engine has to compute.
#pragma once

#include <cstdint>
#include <span>

#include "model/network.h"

namespace cellsweep::model {

// All recurrent layers, from a batch's inputs to the last output of the last layer. Weights and gradients are
// in the network's flat buffers. Not thread-safe.
class Recurrent {
 public:
  virtual ~Recurrent() = default;

  // The last outputs (samples, rnn_output_size) for a batch that has samples, with the dropout masks of
  // `step`; valid until the next call.
  virtual std::span<const float> forward(const Batch& batch, std::int64_t step) = 0;
  // Adds to the gradients what dL/d(outputs) of the last forward() leads to. Once a forward().
  virtual void backward(std::span<float> gradient) = 0;
  // The last outputs without dropout and with nothing kept for backward(); valid until the next call.
  virtual std::span<const float> infer(const Batch& batch) = 0;
};

}  // namespace cellsweep::model
