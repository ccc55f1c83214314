#include "model/initializers.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/weights_file.h"

namespace cellsweep::model {
namespace {

// Glorot and Bengio, AISTATS 2010, equation 16.
void glorot_uniform(const Weight& weight, const RandomSequence& random, std::span<float> out) {
  const double limit = std::sqrt(6.0 / static_cast<double>(weight.shape[0] + weight.shape[1]));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(limit * (2 * random.uniform(i) - 1));
}

// Several partial sums in a fixed order: quick, and the same everywhere.
double dot(std::span<const double> a, std::span<const double> b) {
  double partial[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) partial[lane] += a[i + lane] * b[i + lane];
  double sum = 0;
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  for (const double value : partial) sum += value;
  return sum;
}

// `out` (rows, columns), rows <= columns, gets the transpose of Q of the QR factorisation of a normal
// (columns, rows) matrix. Gram-Schmidt leaves R's diagonal positive, which is what the sign fix asks for;
// each vector is projected twice, since once loses orthogonality if vectors are close ("twice is enough",
// Giraud et al., Numer. Math. 101, 2005).
void orthogonal(const Weight& weight, const RandomSequence& random, std::span<float> out) {
  const std::size_t rows = weight.shape[0];
  const std::size_t columns = weight.shape[1];
  assert(rows <= columns);
  std::vector<double> values(rows * columns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = random.normal(i);
  const auto row = [&](std::size_t i) { return std::span(values).subspan(i * columns, columns); };
  for (std::size_t j = 0; j < rows; ++j) {
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t k = 0; k < j; ++k) {
        const double projection = dot(row(k), row(j));
        for (std::size_t i = 0; i < columns; ++i) row(j)[i] -= projection * row(k)[i];
      }
    const double norm = std::sqrt(dot(row(j), row(j)));
    for (double& value : row(j)) value /= norm;
  }
  std::transform(values.begin(), values.end(), out.begin(), [](double v) { return static_cast<float>(v); });
}

void initialize(const ModelOptions& options, const Weight& weight, const RandomSequence& random,
                std::span<float> out) {
  const std::string_view name = weight.name;
  std::fill(out.begin(), out.end(), 0.0f);
  if (name.ends_with(".recurrent_kernel")) {
    orthogonal(weight, random, out);
  } else if (name.ends_with(".kernel")) {
    glorot_uniform(weight, random, out);
  } else if (name.ends_with(".gamma") || name.ends_with(".moving_variance")) {
    std::fill(out.begin(), out.end(), 1.0f);
  } else if (options.cell == Cell::lstm && name.starts_with("rnn") && name.ends_with(".bias")) {
    std::fill_n(out.begin() + options.hidden_size, options.hidden_size, 1.0f);
  }
}

}  // namespace

void initialize_weights(const ModelOptions& options, const Layout& layout, std::uint64_t seed,
                        std::span<float> parameters, std::span<float> moving_statistics) {
  std::uint32_t stream = 0;
  for (const auto& [weights, buffer] :
       {std::pair(&layout.trainable, parameters), std::pair(&layout.moving_statistics, moving_statistics)})
    for (const Weight& weight : *weights)
      initialize(options, weight, RandomSequence(seed, RandomPurpose::initializer, stream++),
                 buffer.subspan(weight.offset, weight.size));
}

void set_initial_weights(const ModelOptions& options, const Layout& layout, std::uint64_t seed,
                         std::span<float> parameters, std::span<float> moving_statistics) {
  if (options.initial_weights.empty())
    initialize_weights(options, layout, seed, parameters, moving_statistics);
  else
    read_weights(options.initial_weights, layout, parameters, moving_statistics);
}

}  // namespace cellsweep::model
