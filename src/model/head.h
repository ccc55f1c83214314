// What follows the recurrent layers: batch normalisation, Dense, the loss. Written out, with its gradient,
// for all engines.
#pragma once

#include <span>
#include <vector>

#include "comm/communicator.h"
#include "model/batch_norm.h"
#include "model/layout.h"
#include "model/more_sums.h"
#include "model/network.h"

namespace cellsweep::model {

// Works on views of the network's flat buffers, which must outlive it and stay where they are. Not
// thread-safe.
class Head {
 public:
  struct Buffers {
    std::span<float> parameters, gradients, moving_statistics;
  };
  Head(const NetworkOptions& options, const Layout& layout, const Buffers& buffers,
       comm::Communicator& group);

  // Training on the last outputs of the recurrent layers (samples, width), which stay valid until backward():
  // adds the loss to `sums`, of each shard to its own. Collective: a rank without samples takes part.
  void forward(const Batch& batch, std::span<const float> inputs, std::span<MetricSums> sums);
  // For the batch of the last forward(): adds to the gradients, of each shard to its own, and returns
  // dL/d(inputs), valid until the next call. Collective.
  std::span<float> backward(const Batch& batch);
  // Inference: writes logits or values to `outputs` (samples, outputs).
  void infer(std::int64_t samples, std::span<const float> inputs, std::span<float> outputs);

 private:
  void dense(std::int64_t samples, std::span<const float> inputs, std::span<float> outputs) const;
  void dense_backward(const Batch& batch);

  Loss loss_;
  SumsLayout sums_layout_;
  std::int64_t width_, outputs_, shard_stride_;
  std::vector<float> transposed_kernel_;
  std::span<float> kernel_, bias_;
  // Gradients of the first shard; the next shard's begin shard_stride_ values later.
  std::span<float> kernel_gradient_, bias_gradient_, gamma_gradient_, beta_gradient_;
  bool has_batch_norm_;
  BatchNorm batch_norm_;
  BatchNormWeights batch_norm_weights_;
  std::span<const float> dense_inputs_;
  std::vector<float> normalized_, logits_, logit_gradient_, input_gradient_;
};

}  // namespace cellsweep::model
