// The one user of LibTorch outside of the engines: for its Cholesky factorisation.
#include "sweep/bayes/gaussian_process.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace cellsweep::sweep {
namespace {

// Matérn, ν = 5/2 (ibid., 4.17), between each of two sets of rows.
at::Tensor kernel(std::span<const double> a, std::span<const double> b, std::span<const double> lengths) {
  const std::size_t dimensions = lengths.size(), rows = a.size() / dimensions,
                    columns = b.size() / dimensions;
  at::Tensor matrix = at::empty({static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)},
                                at::TensorOptions(at::kDouble));
  double* out = matrix.data_ptr<double>();
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      double squared = 0;
      for (std::size_t k = 0; k < dimensions; ++k) {
        const double difference = (a[i * dimensions + k] - b[j * dimensions + k]) / lengths[k];
        squared += difference * difference;
      }
      const double r = std::sqrt(5 * squared);
      *out++ = (1 + r + r * r / 3) * std::exp(-r);
    }
  return matrix;
}

struct Factor {
  at::Tensor lower;    // of the kernel with noise
  at::Tensor weights;  // its inverse times the values
  bool is_definite;
};

Factor factorise(std::span<const double> points, std::span<const double> lengths, double noise,
                 const std::vector<double>& values) {
  at::Tensor covariance = kernel(points, points, lengths);
  covariance.diagonal().add_(noise);
  auto [lower, info] = at::linalg_cholesky_ex(covariance);
  if (info.item<int>() != 0) return {lower, {}, false};
  const at::Tensor y =
      at::from_blob(const_cast<double*>(values.data()), {static_cast<std::int64_t>(values.size()), 1},
                    at::TensorOptions(at::kDouble));
  return {lower, at::cholesky_solve(y, lower), true};
}

}  // namespace

GaussianProcess::GaussianProcess(std::vector<double> points, std::size_t dimensions,
                                 std::span<const double> values)
    : points_(std::move(points)), dimensions_(dimensions), values_(values.begin(), values.end()) {
  const auto count = static_cast<double>(values_.size());
  double sum = 0, squares = 0;
  for (const double value : values_) sum += value;
  mean_ = sum / count;
  for (const double value : values_) squares += (value - mean_) * (value - mean_);
  deviation_ = squares > 0 ? std::sqrt(squares / count) : 1;
  for (double& value : values_) value = (value - mean_) / deviation_;
  choose_scales();
}

// The logarithm of the marginal likelihood (ibid., 2.30), up to a constant.
double GaussianProcess::likelihood(const Scales& scales) const {
  const Factor factor = factorise(points_, scales.lengths, scales.noise, values_);
  if (!factor.is_definite) return -std::numeric_limits<double>::infinity();
  double fit = 0, volume = 0;
  const double* weights = factor.weights.data_ptr<double>();
  const auto diagonal = factor.lower.diagonal().contiguous();
  const double* of_diagonal = diagonal.data_ptr<double>();
  for (std::size_t i = 0; i < values_.size(); ++i) {
    fit += values_[i] * weights[i];
    volume += std::log(of_diagonal[i]);
  }
  return -0.5 * fit - volume;
}

// Dimension by dimension over a few scales, twice: coarse, but it cannot fail to converge.
void GaussianProcess::choose_scales() {
  scales_ = {std::vector<double>(dimensions_, 0.5), 1e-4};
  double best = likelihood(scales_);
  const auto try_all = [&](double& scale, std::initializer_list<double> choices) {
    double chosen = scale;
    for (const double choice : choices) {
      scale = choice;
      const double found = likelihood(scales_);
      if (found > best) {
        best = found;
        chosen = choice;
      }
    }
    scale = chosen;
  };
  for (int round = 0; round < 2; ++round) {
    for (double& length : scales_.lengths) try_all(length, {0.1, 0.2, 0.35, 0.5, 0.8, 1.5, 4.0});
    try_all(scales_.noise, {1e-6, 1e-4, 1e-2, 1e-1});
  }
}

std::vector<Prediction> GaussianProcess::predict(std::span<const double> points) const {
  const Factor factor = factorise(points_, scales_.lengths, scales_.noise, values_);
  const at::Tensor across = kernel(points, points_, scales_.lengths);
  const at::Tensor means = across.matmul(factor.weights).contiguous();
  const at::Tensor explained = at::linalg_solve_triangular(factor.lower, across.t(), /*upper=*/false);
  const at::Tensor shares = explained.mul(explained).sum(0).contiguous();
  std::vector<Prediction> predictions;
  for (std::int64_t i = 0; i < across.size(0); ++i) {
    const double variance = std::max(0.0, 1 - shares.data_ptr<double>()[i]);
    predictions.push_back(
        {mean_ + deviation_ * means.data_ptr<double>()[i], deviation_ * std::sqrt(variance)});
  }
  return predictions;
}

}  // namespace cellsweep::sweep
