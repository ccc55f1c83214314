// Batch normalisation as Keras does it: momentum .99, epsilon 1e-3 inside the square root, biased variance
// everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "model/network.h"

namespace cellsweep::model {

// The weights of the layer, (width) each.
struct BatchNormWeights {
  std::span<const float> gamma;
  std::span<const float> beta;
  std::span<float> moving_mean;
  std::span<float> moving_variance;
};

// Where the gradients of gamma and beta go: those of the first shard; the next shard's lie `shard_stride`
// values on.
struct BatchNormGradients {
  std::span<float> gamma, beta;
  std::int64_t shard_stride = 0;
};

// Normalises rows of `width` values, in training by the statistics of the batch. Matrices are (samples,
// width), row-major.
class BatchNorm {
 public:
  // With `synchronize`, statistics are those of the batch of the whole group; else of each rank's slice, and
  // the moving statistics take their mean over the ranks that have samples, so that they stay the same on
  // every rank.
  BatchNorm(std::int64_t width, bool synchronize, comm::Communicator& group);

  // Writes the normalised `inputs`, which are a row a sample of `batch`, to `outputs` and moves the moving
  // statistics. Collective: a rank without rows takes part.
  void forward(const BatchNormWeights& weights, std::span<const float> inputs, const Batch& batch,
               std::span<float> outputs);
  // Replaces dL/d(outputs) of the last forward() by dL/d(inputs) and adds to the gradients of gamma and beta
  // those of each shard's rows. L is the sum of the loss over the group. Collective if synchronised.
  void backward(const BatchNormWeights& weights, const Batch& batch, std::span<float> gradient,
                const BatchNormGradients& gradients);
  // Inference, by the moving statistics. `outputs` may be `inputs`.
  void infer(const BatchNormWeights& weights, std::span<const float> inputs, std::span<float> outputs) const;

 private:
  void update_moving(const BatchNormWeights& weights, std::span<const double> mean,
                     std::span<const double> variance);

  std::size_t width_;
  bool synchronize_;
  comm::Communicator* group_;
  std::vector<double> sums_;
  std::vector<float> mean_, inverse_deviation_, normalized_;
  double count_ = 0;  // samples behind the statistics
};

}  // namespace cellsweep::model
