// Layout, initial weights and summary table.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/initializers.h"
#include "model/layout.h"
#include "model/summary.h"

namespace cellsweep::model {
namespace {

constexpr DataShape mnist{.time = 28, .features = 28, .outputs = 10};

ModelOptions with_cell(Cell cell) {
  ModelOptions options;
  options.cell = cell;
  return options;
}

struct Weights {
  explicit Weights(const Layout& layout) : parameters(layout.trainable_size), moving(layout.moving_size) {}
  std::span<const float> at(const Layout& layout, std::string_view name) const {
    const Weight* weight = layout.find(name);
    const auto& buffer = name.find("moving") == std::string_view::npos ? parameters : moving;
    return std::span(buffer).subspan(weight->offset, weight->size);
  }
  std::vector<float> parameters, moving;
};

TEST(Layout, CountsParametersAsKeras) {
  const std::pair<Cell, std::int64_t> cases[] = {
      {Cell::simple_rnn, 6730}, {Cell::lstm, 24586}, {Cell::gru, 18826}};
  for (const auto& [cell, trainable] : cases) {
    const Layout layout = make_layout(with_cell(cell), mnist);
    EXPECT_EQ(layout.trainable_size, trainable);
    EXPECT_EQ(layout.moving_size, 128);
  }
}

TEST(Layout, NamesLayersAndDirections) {
  ModelOptions options = with_cell(Cell::gru);
  options.layers = 2;
  options.bidirectional = true;
  const Layout layout = make_layout(options, mnist);
  EXPECT_EQ(layout.find("rnn.forward.kernel")->shape, (std::vector<std::int64_t>{28, 192}));
  EXPECT_EQ(layout.find("rnn_1.backward.kernel")->shape, (std::vector<std::int64_t>{128, 192}));
  EXPECT_EQ(layout.find("rnn_1.backward.bias")->shape, (std::vector<std::int64_t>{2, 192}));
  EXPECT_EQ(layout.find("dense.kernel")->shape, (std::vector<std::int64_t>{128, 10}));
  EXPECT_EQ(layout.find("rnn.kernel"), nullptr);
  std::int64_t end = 0;
  for (const Weight& weight : layout.trainable) {
    EXPECT_EQ(weight.offset, end);
    end += weight.size;
  }
  EXPECT_EQ(end, layout.trainable_size);
}

TEST(Initializers, FollowKeras) {
  const std::pair<Cell, double> cases[] = {
      {Cell::simple_rnn, .25538}, {Cell::lstm, .14535}, {Cell::gru, .16514}};
  for (const auto& [cell, limit] : cases) {
    const Layout layout = make_layout(with_cell(cell), mnist);
    Weights weights(layout);
    initialize_weights(with_cell(cell), layout, 3, weights.parameters, weights.moving);
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
    initialize_weights(with_cell(cell), layout, 3, weights.parameters, weights.moving);
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
  initialize_weights({}, layout, 1, a.parameters, a.moving);
  initialize_weights({}, layout, 1, b.parameters, b.moving);
  initialize_weights({}, layout, 2, c.parameters, c.moving);
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_NE(a.parameters, c.parameters);
}

// What Keras 3.16 prints with line_length=76.
TEST(Summary, IsKerasTable) {
  EXPECT_EQ(summary_table({}, mnist), R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ lstm (LSTM)                     │ (None, 64)             │        23,808 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 64)             │           256 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │           650 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 24,714 (96.54 KB)
 Trainable params: 24,586 (96.04 KB)
 Non-trainable params: 128 (512.00 B)
)");
  ModelOptions deep;
  deep.layers = 2;
  deep.bidirectional = true;
  EXPECT_EQ(summary_table(deep, mnist), R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ bidirectional (Bidirectional)   │ (None, 28, 128)        │        47,616 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ bidirectional_1 (Bidirectional) │ (None, 128)            │        98,816 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 128)            │           512 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │         1,290 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 148,234 (579.04 KB)
 Trainable params: 147,978 (578.04 KB)
 Non-trainable params: 256 (1.00 KB)
)");
  ModelOptions plain = with_cell(Cell::gru);
  plain.hidden_size = 2;
  plain.batch_norm = false;
  EXPECT_EQ(summary_table(plain, {.time = 5, .features = 3, .outputs = 1}), R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ gru (GRU)                       │ (None, 2)              │            42 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 1)              │             3 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 45 (180.00 B)
 Trainable params: 45 (180.00 B)
 Non-trainable params: 0 (0.00 B)
)");
}

}  // namespace
}  // namespace cellsweep::model
