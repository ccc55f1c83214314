#include "sweep/bayes/gaussian_process.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cellsweep::sweep {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Factor = Eigen::LLT<Matrix>;  // reads the lower triangle alone

// Rows of `dimensions` numbers as columns, each coordinate in units of its length.
Matrix scaled(std::span<const double> points, std::span<const double> lengths) {
  const auto dimensions = std::ssize(lengths);
  const Eigen::Map<const Vector> units(lengths.data(), dimensions);
  return units.cwiseInverse().asDiagonal() *
         Eigen::Map<const Matrix>(points.data(), dimensions, std::ssize(points) / dimensions);
}

// Matérn, ν = 5/2 (ibid., 4.17), from squared distances, in place.
template <class Squares>
void apply_matern(Squares&& squares) {
  const Eigen::ArrayXd r = (5 * squares.array()).sqrt();
  squares = ((1 + r + r.square() / 3) * (-r).exp()).matrix();
}

// Between each column of `a` (rows of the result) and each of `b`.
Matrix kernel(const Matrix& a, const Matrix& b) {
  Matrix matrix(a.cols(), b.cols());
  for (Eigen::Index j = 0; j < b.cols(); ++j) {
    matrix.col(j) = (a.colwise() - b.col(j)).colwise().squaredNorm().transpose();
    apply_matern(matrix.col(j));
  }
  return matrix;
}

// Factorises the kernel among the points, with noise. The upper triangle of the matrix stays unset.
Factor factorise(const Matrix& points, double noise) {
  const Eigen::Index count = points.cols();
  Matrix covariance(count, count);
  for (Eigen::Index j = 0; j < count; ++j) {
    auto below = covariance.col(j).tail(count - j);
    below = (points.rightCols(count - j).colwise() - points.col(j)).colwise().squaredNorm().transpose();
    apply_matern(below);
  }
  covariance.diagonal().array() += noise;
  return Factor(covariance);
}

Vector as_vector(const std::vector<double>& values) {
  return Eigen::Map<const Vector>(values.data(), std::ssize(values));
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
  const Factor factor = factorise(scaled(points_, scales.lengths), scales.noise);
  if (factor.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
  // yᵀK⁻¹y is the squared length of L⁻¹y.
  const double fit = factor.matrixL().solve(as_vector(values_)).squaredNorm();
  const double volume = factor.matrixLLT().diagonal().array().log().sum();
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
  const Matrix known = scaled(points_, scales_.lengths);
  const Factor factor = factorise(known, scales_.noise);
  const Matrix across = kernel(known, scaled(points, scales_.lengths));
  const Vector means = across.transpose() * factor.solve(as_vector(values_));
  const Vector explained = factor.matrixL().solve(across).colwise().squaredNorm();
  std::vector<Prediction> predictions;
  for (Eigen::Index i = 0; i < means.size(); ++i)
    predictions.push_back(
        {mean_ + deviation_ * means[i], deviation_ * std::sqrt(std::max(0.0, 1 - explained[i]))});
  return predictions;
}

}  // namespace cellsweep::sweep
