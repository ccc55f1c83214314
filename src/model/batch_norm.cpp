#include "model/batch_norm.h"

#include <cmath>

#include "comm/pairwise.h"

namespace cellsweep::model {
namespace {

constexpr double epsilon = 1e-3;
constexpr double momentum = 0.99;

// Fills `sums` (shards, 2, width) with the sums over each shard's rows of the two values that `pair` gives
// for row and column.
template <class Pair>
void sum_rows(const Batch& batch, std::size_t width, std::vector<double>& sums, const Pair& pair) {
  const auto ends = shards_of(batch);
  sums.assign(2 * width * ends.size(), 0.0);
  std::size_t row = 0;
  for (std::size_t shard = 0; shard < ends.size(); ++shard) {
    double* const first = sums.data() + shard * 2 * width;
    double* const second = first + width;
    for (; row < static_cast<std::size_t>(ends[shard]); ++row)
      for (std::size_t i = 0; i < width; ++i) {
        const auto [a, b] = pair(row * width + i);
        first[i] += a;
        second[i] += b;
      }
  }
}

}  // namespace

BatchNorm::BatchNorm(std::int64_t width, bool synchronize, comm::Communicator& group)
    : width_(width), synchronize_(synchronize), group_(&group), mean_(width_), inverse_deviation_(width_) {}

void BatchNorm::forward(const BatchNormWeights& weights, std::span<const float> inputs, const Batch& batch,
                        std::span<float> outputs) {
  const std::size_t rows = inputs.size() / width_;
  count_ = static_cast<double>(synchronize_ ? batch.global_samples : batch.samples);
  sum_rows(batch, width_, sums_, [&](std::size_t at) {
    const double value = inputs[at];
    return std::pair(value, value * value);
  });
  comm::add_pairwise<double>(sums_, shards_of(batch).size());
  sums_.resize(2 * width_ + 1);
  double* const sum = sums_.data();
  double* const square = sum + width_;
  if (synchronize_) group_->all_reduce(std::span(sums_).first(2 * width_));
  if (count_ > 0)
    for (std::size_t i = 0; i < width_; ++i) {
      sum[i] /= count_;
      square[i] = std::fmax(square[i] / count_ - sum[i] * sum[i], 0.0);  // now mean and variance
      mean_[i] = static_cast<float>(sum[i]);
      inverse_deviation_[i] = static_cast<float>(1 / std::sqrt(square[i] + epsilon));
    }
  normalized_.resize(inputs.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < width_; ++i) {
      const std::size_t at = row * width_ + i;
      normalized_[at] = (inputs[at] - mean_[i]) * inverse_deviation_[i];
      outputs[at] = normalized_[at] * weights.gamma[i] + weights.beta[i];
    }
  double ranks = 1;
  if (!synchronize_) {
    sums_.back() = rows > 0 ? 1 : 0;
    group_->all_reduce(std::span(sums_));
    ranks = sums_.back();
    for (std::size_t i = 0; ranks > 1 && i < 2 * width_; ++i) sums_[i] /= ranks;
  }
  if (batch.global_samples > 0 && ranks > 0)
    update_moving(weights, std::span(sums_).first(width_), std::span(sums_).subspan(width_, width_));
}

void BatchNorm::update_moving(const BatchNormWeights& weights, std::span<const double> mean,
                              std::span<const double> variance) {
  for (std::size_t i = 0; i < width_; ++i) {
    weights.moving_mean[i] = static_cast<float>(weights.moving_mean[i] * momentum + mean[i] * (1 - momentum));
    weights.moving_variance[i] =
        static_cast<float>(weights.moving_variance[i] * momentum + variance[i] * (1 - momentum));
  }
}

// Ioffe and Szegedy, ICML 2015, section 3: dx = gamma / deviation * (dy - mean(dy) - normalised * mean(dy *
// normalised)).
void BatchNorm::backward(const BatchNormWeights& weights, const Batch& batch, std::span<float> gradient,
                         const BatchNormGradients& gradients) {
  const std::size_t rows = gradient.size() / width_;
  sum_rows(batch, width_, sums_, [&](std::size_t at) {
    const double value = gradient[at];
    return std::pair(value, value * normalized_[at]);
  });
  const std::size_t shards = shards_of(batch).size();
  for (std::size_t shard = 0; shard < shards; ++shard) {
    const double* const sums = sums_.data() + shard * 2 * width_;
    float* const beta = gradients.beta.data() + static_cast<std::int64_t>(shard) * gradients.shard_stride;
    float* const gamma = gradients.gamma.data() + static_cast<std::int64_t>(shard) * gradients.shard_stride;
    for (std::size_t i = 0; i < width_; ++i) {
      beta[i] += static_cast<float>(sums[i]);
      gamma[i] += static_cast<float>(sums[width_ + i]);
    }
  }
  comm::add_pairwise<double>(sums_, shards);
  sums_.resize(2 * width_);
  double* const sum = sums_.data();
  double* const product = sum + width_;
  if (synchronize_) group_->all_reduce(std::span(sums_));
  for (double& value : sums_) value /= count_;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < width_; ++i) {
      const std::size_t at = row * width_ + i;
      gradient[at] =
          weights.gamma[i] * inverse_deviation_[i] *
          (gradient[at] - static_cast<float>(sum[i]) - normalized_[at] * static_cast<float>(product[i]));
    }
}

void BatchNorm::infer(const BatchNormWeights& weights, std::span<const float> inputs,
                      std::span<float> outputs) const {
  for (std::size_t i = 0; i < width_; ++i) {
    const auto scale = static_cast<float>(weights.gamma[i] / std::sqrt(weights.moving_variance[i] + epsilon));
    for (std::size_t at = i; at < inputs.size(); at += width_)
      outputs[at] = (inputs[at] - weights.moving_mean[i]) * scale + weights.beta[i];
  }
}

}  // namespace cellsweep::model
