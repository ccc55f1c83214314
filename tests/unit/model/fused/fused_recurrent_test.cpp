// The fused layers alone, without LibTorch (so that the sanitizers see them): their gradient against finite
// differences, at sizes that leave tails in every tile and register.
#include "model/fused/fused_recurrent.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace cellsweep::model::fused {
namespace {

using Values = std::vector<float>;

Values random_values(std::size_t count, std::uint32_t stream, double scale) {
  const RandomSequence random(5, RandomPurpose::synthetic_data, stream);
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(scale * random.normal(i));
  return values;
}

struct Case {
  std::int64_t samples, hidden, features, time, layers;
  bool bidirectional;
  double dropout;
};

class FusedGradient : public testing::TestWithParam<std::tuple<Cell, Case>> {};

TEST_P(FusedGradient, AgreesWithFiniteDifferences) {
  const auto& [cell, size] = GetParam();
  NetworkOptions options;
  options.model.cell = cell;
  options.model.hidden_size = size.hidden;
  options.model.layers = size.layers;
  options.model.bidirectional = size.bidirectional;
  options.model.dropout = size.dropout;
  options.shape = {.time = size.time, .features = size.features, .outputs = 2};
  const Layout layout = make_layout(options.model, options.shape);
  Values weights = random_values(layout.trainable_size, 1,
                                 1 / std::sqrt(static_cast<double>(size.hidden + size.features)));
  Values gradients(weights.size());
  const auto layers = make_recurrent(options, layout, weights, gradients);
  const Values inputs = random_values(size.samples * size.time * size.features, 2, 1.0);
  const Batch batch{.samples = size.samples,
                    .inputs = inputs,
                    .labels = {},
                    .targets = {},
                    .global_samples = size.samples,
                    .first_sample = 0};
  // The loss: a random combination of the outputs.
  Values factors = random_values(size.samples * rnn_output_size(options.model), 3, 1.0);
  const auto loss = [&] {
    const auto outputs = layers->forward(batch, 7);
    double sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) sum += static_cast<double>(outputs[i]) * factors[i];
    return sum;
  };
  layers->forward(batch, 7);
  layers->backward(factors);
  const Values start = weights;
  constexpr double step = 2e-3;
  for (const Weight& weight : layout.trainable) {
    if (!weight.name.starts_with("rnn")) continue;
    double slope = 0;
    double length = 0;
    double losses[2];
    for (const int side : {0, 1}) {
      for (std::int64_t i = weight.offset; i < weight.offset + weight.size; ++i) {
        const std::size_t at = i;
        const double sign = i * 7919 % 5 < 2 ? 1 : -1;
        weights[at] = static_cast<float>(start[at] + (side == 0 ? sign : -sign) * step);
        if (side == 0) slope += sign * gradients[at], length += std::abs(gradients[at]);
      }
      losses[side] = loss();
    }
    weights = start;
    EXPECT_GT(length, 0.0) << weight.name;
    EXPECT_NEAR(slope, (losses[0] - losses[1]) / (2 * step), 5e-3 + 5e-3 * length) << weight.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, FusedGradient,
    testing::Combine(testing::Values(Cell::simple_rnn, Cell::lstm, Cell::gru),
                     testing::Values(Case{1, 1, 1, 2, 1, false, 0}, Case{7, 5, 3, 4, 1, false, 0},
                                     Case{16, 64, 28, 5, 1, false, 0}, Case{5, 17, 9, 3, 2, true, 0.3},
                                     Case{10, 70, 2, 6, 3, false, 0.2}, Case{3, 33, 31, 2, 1, true, 0})));

}  // namespace
}  // namespace cellsweep::model::fused
