// Regression with a Gaussian process (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cellsweep::sweep {

// What is known of a function at a point.
struct Prediction {
  double mean;
  double deviation;  // standard deviation of the function, without noise
};

// Points are rows of `dimensions` numbers of about unit size. The kernel is Matérn's with ν = 5/2, with a
// length scale for each dimension; those and the noise are chosen by maximising the marginal likelihood
// (ibid., 5.4.1). Values are standardised before. Deterministic. Not thread-safe.
class GaussianProcess {
 public:
  // `points` has values.size() rows; at least one.
  GaussianProcess(std::vector<double> points, std::size_t dimensions, std::span<const double> values);

  // A prediction for each row of `points`.
  std::vector<Prediction> predict(std::span<const double> points) const;

 private:
  struct Scales {
    std::vector<double> lengths;
    double noise;  // variance
  };
  double likelihood(const Scales& scales) const;
  void choose_scales();

  std::vector<double> points_;
  std::size_t dimensions_;
  std::vector<double> values_;  // standardised
  double mean_ = 0, deviation_ = 1;
  Scales scales_;
};

}  // namespace cellsweep::sweep
