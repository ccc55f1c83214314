#include "model/initializers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/model/mnist.h"

namespace cellsweep::model {
namespace {

struct Weights {
  explicit Weights(const Layout& layout)
      : parameters(layout.trainable_size), moving_statistics(layout.moving_statistics_size) {}
  std::span<const float> at(const Layout& layout, std::string_view name) const {
    const Weight* weight = layout.find(name);
    const auto& buffer = name.find("moving") == std::string_view::npos ? parameters : moving_statistics;
    return std::span(buffer).subspan(weight->offset, weight->size);
  }
  std::vector<float> parameters, moving_statistics;
};

TEST(Initializers, FollowKeras) {
  const std::pair<Cell, double> cases[] = {
      {Cell::simple_rnn, .25538}, {Cell::lstm, .14535}, {Cell::gru, .16514}};
  for (const auto& [cell, limit] : cases) {
    const Layout layout = make_layout(with_cell(cell), mnist);
    Weights weights(layout);
    initialize_weights(with_cell(cell), layout, 3, weights.parameters, weights.moving_statistics);
    const auto kernel = weights.at(layout, "rnn.kernel");
    double square = 0;
    double sum = 0;
    for (const float value : kernel) {
      EXPECT_LE(std::abs(value), limit + 1e-5);
      square += value * value;
      sum += value;
    }
    const auto count = static_cast<double>(kernel.size());
    EXPECT_NEAR(std::sqrt(square / count) * std::sqrt(3.0), limit, 0.03 * limit);
    EXPECT_NEAR(sum / count, 0, 4 * limit / std::sqrt(3 * count));
    const auto bias = weights.at(layout, "rnn.bias");
    for (std::size_t i = 0; i < bias.size(); ++i)
      EXPECT_EQ(bias[i], cell == Cell::lstm && i >= 64 && i < 128 ? 1.0f : 0.0f);
    for (const char* name : {"batch_norm.gamma", "batch_norm.moving_variance"})
      for (const float value : weights.at(layout, name)) EXPECT_EQ(value, 1.0f);
    for (const char* name : {"batch_norm.beta", "batch_norm.moving_mean", "dense.bias"})
      for (const float value : weights.at(layout, name)) EXPECT_EQ(value, 0.0f);
  }
}

TEST(Initializers, RecurrentKernelsHaveOrthonormalRows) {
  for (const Cell cell : {Cell::simple_rnn, Cell::lstm, Cell::gru}) {
    const Layout layout = make_layout(with_cell(cell), mnist);
    Weights weights(layout);
    initialize_weights(with_cell(cell), layout, 3, weights.parameters, weights.moving_statistics);
    const auto kernel = weights.at(layout, "rnn.recurrent_kernel");
    const std::size_t columns = kernel.size() / 64;
    double trace = 0;
    for (std::size_t a = 0; a < 64; ++a) {
      trace += kernel[a * columns + a];
      for (std::size_t b = 0; b <= a; ++b) {
        const double product = std::inner_product(&kernel[a * columns], &kernel[a * columns] + columns,
                                                  &kernel[b * columns], 0.0);
        EXPECT_NEAR(product, a == b ? 1 : 0, 2e-6);
      }
    }
    // Not the identity, nor leaning to it.
    EXPECT_LT(std::abs(trace), 8);
  }
}

TEST(Initializers, DependOnTheSeedAlone) {
  const Layout layout = make_layout({}, mnist);
  Weights a(layout), b(layout), c(layout);
  initialize_weights({}, layout, 1, a.parameters, a.moving_statistics);
  initialize_weights({}, layout, 1, b.parameters, b.moving_statistics);
  initialize_weights({}, layout, 2, c.parameters, c.moving_statistics);
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_NE(a.parameters, c.parameters);
}

}  // namespace
}  // namespace cellsweep::model
