#include "model/batch_norm.h"

#include <cmath>

namespace cellsweep::model {
namespace {

constexpr double epsilon = 1e-3;
constexpr double momentum = 0.99;

}  // namespace

BatchNorm::BatchNorm(std::int64_t width, bool synchronize, comm::Communicator& group)
    : width_(static_cast<std::size_t>(width)),
      synchronize_(synchronize),
      group_(&group),
      mean_(width_),
      inverse_deviation_(width_) {}

void BatchNorm::forward(const BatchNormWeights& weights, std::span<const float> inputs,
                        std::int64_t global_samples, std::span<float> outputs) {
  const std::size_t rows = inputs.size() / width_;
  count_ = static_cast<double>(synchronize_ ? global_samples : static_cast<std::int64_t>(rows));
  sums_.assign(2 * width_ + 1, 0.0);
  double* const sum = sums_.data();
  double* const square = sum + width_;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < width_; ++i) {
      const double value = inputs[row * width_ + i];
      sum[i] += value;
      square[i] += value * value;
    }
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
  if (global_samples > 0 && ranks > 0)
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
void BatchNorm::backward(const BatchNormWeights& weights, std::span<float> gradient,
                         std::span<float> gamma_gradient, std::span<float> beta_gradient) {
  const std::size_t rows = gradient.size() / width_;
  sums_.assign(2 * width_, 0.0);
  double* const sum = sums_.data();
  double* const product = sum + width_;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < width_; ++i) {
      const double value = gradient[row * width_ + i];
      sum[i] += value;
      product[i] += value * normalized_[row * width_ + i];
    }
  for (std::size_t i = 0; i < width_; ++i) {
    beta_gradient[i] += static_cast<float>(sum[i]);
    gamma_gradient[i] += static_cast<float>(product[i]);
  }
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
