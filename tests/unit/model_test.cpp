#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "model/initializers.h"
#include "model/layout.h"
#include "model/summary.h"
#include "model/weights_file.h"

namespace cellsweep::model {
namespace {

constexpr ProblemShape mnist{.time = 28, .features = 28, .outputs = 10};

struct Weights {
  Layout layout;
  std::vector<float> parameters, moving;
  explicit Weights(const ModelOptions& options, const ProblemShape& shape = mnist, std::uint64_t seed = 1)
      : layout(make_layout(options, shape)),
        parameters(static_cast<std::size_t>(layout.trainable_size)),
        moving(static_cast<std::size_t>(layout.moving_size)) {
    initialize_weights(options, layout, seed, parameters, moving);
  }
  std::span<const float> operator[](const char* name) const {
    const Weight* const weight = layout.find(name);
    if (weight == nullptr) throw std::out_of_range(name);
    return std::span(parameters)
        .subspan(static_cast<std::size_t>(weight->offset), static_cast<std::size_t>(weight->size));
  }
};

TEST(Layout, HasKerasCounts) {
  const auto trainable = [](Cell cell) { return make_layout({.cell = cell}, mnist).trainable_size; };
  EXPECT_EQ(trainable(Cell::simple_rnn), 6730);
  EXPECT_EQ(trainable(Cell::lstm), 24586);
  EXPECT_EQ(trainable(Cell::gru), 18826);
  EXPECT_EQ(make_layout({}, mnist).moving_size, 128);
}

TEST(Layout, NamesAndPlacesEveryWeight) {
  const ModelOptions options{.cell = Cell::gru, .hidden_size = 5, .layers = 2, .bidirectional = true};
  const Layout layout = make_layout(options, mnist);
  const auto shape = [&](const char* name) { return layout.find(name)->shape; };
  EXPECT_EQ(shape("rnn.forward.kernel"), (std::vector<std::int64_t>{28, 15}));
  EXPECT_EQ(shape("rnn_1.backward.kernel"), (std::vector<std::int64_t>{10, 15}));
  EXPECT_EQ(shape("rnn_1.backward.bias"), (std::vector<std::int64_t>{2, 15}));
  EXPECT_EQ(shape("batch_norm.moving_mean"), (std::vector<std::int64_t>{10}));
  EXPECT_EQ(shape("dense.kernel"), (std::vector<std::int64_t>{10, 10}));
  EXPECT_EQ(layout.find("rnn.kernel"), nullptr);
  std::int64_t next = 0;
  for (const Weight& weight : layout.trainable) {
    EXPECT_EQ(weight.offset, next) << weight.name;
    next += weight.size;
  }
  EXPECT_EQ(next, layout.trainable_size);
}

// Limits of facts that Keras prints: sqrt(6 / (fan_in + fan_out)) with the gates side by side.
TEST(Initializers, KernelsFillGlorotsRange) {
  const auto check = [](Cell cell, double limit) {
    const Weights weights({.cell = cell});
    const auto kernel = weights["rnn.kernel"];
    const auto [low, high] = std::ranges::minmax_element(kernel);
    EXPECT_NEAR(*high, limit, 0.01 * limit);
    EXPECT_NEAR(*low, -limit, 0.01 * limit);
    EXPECT_LE(*high, limit + 1e-5);
    const auto dense = weights["dense.kernel"];
    EXPECT_NEAR(*std::ranges::max_element(dense), 0.28475, 0.01);
  };
  check(Cell::simple_rnn, 0.25538);
  check(Cell::lstm, 0.14535);
  check(Cell::gru, 0.16514);
}

TEST(Initializers, RecurrentKernelIsOrthogonal) {
  const Weights weights({.cell = Cell::lstm});
  const auto matrix = weights["rnn.recurrent_kernel"];  // 64 rows of 256
  for (std::size_t i = 0; i < 64; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const auto a = matrix.subspan(i * 256, 256), b = matrix.subspan(j * 256, 256);
      ASSERT_NEAR(std::inner_product(a.begin(), a.end(), b.begin(), 0.0), i == j ? 1 : 0, 1e-5);
    }
}

TEST(Initializers, TheForgetGateStartsOpen) {
  const Weights weights({.cell = Cell::lstm});
  const auto bias = weights["rnn.bias"];
  for (std::size_t i = 0; i < bias.size(); ++i) ASSERT_EQ(bias[i], i / 64 == 1 ? 1 : 0);
  EXPECT_EQ(weights["batch_norm.gamma"][3], 1);
}

TEST(Initializers, AreAFunctionOfTheSeed) {
  EXPECT_EQ(Weights({}, mnist, 3).parameters, Weights({}, mnist, 3).parameters);
  EXPECT_NE(Weights({}, mnist, 3).parameters, Weights({}, mnist, 4).parameters);
}

class WeightsFileTest : public testing::Test {
 protected:
  WeightsFileTest() { std::filesystem::create_directory(folder_); }
  ~WeightsFileTest() override { std::filesystem::remove_all(folder_); }
  // Reads the file into fresh buffers, which a failure must leave as they were. Returns the message, or ""
  // for success.
  std::string read() {
    std::vector<float> parameters(small_.parameters.size(), 7), moving(small_.moving.size(), 7);
    const auto before = parameters;
    try {
      read_weights(path_, small_.layout, parameters, moving);
    } catch (const UserError& error) {
      EXPECT_EQ(parameters, before);
      return error.what();
    }
    read_ = parameters;
    return "";
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cellsweep_model_" + std::to_string(::getpid()));
  const std::filesystem::path path_ = folder_ / "weights.safetensors";
  const ModelOptions options_{.cell = Cell::simple_rnn, .hidden_size = 2};
  const Weights small_{options_, {.time = 3, .features = 2, .outputs = 2}};
  std::vector<float> read_;
};

TEST_F(WeightsFileTest, ReadsWhatItWrote) {
  write_weights(path_, small_.layout, small_.parameters, small_.moving);
  EXPECT_EQ(read(), "");
  EXPECT_EQ(read_, small_.parameters);
}

TEST_F(WeightsFileTest, NamesAWeightThatDoesNotFit) {
  const Weights other({.cell = Cell::gru, .hidden_size = 2}, {.time = 3, .features = 2, .outputs = 2});
  write_weights(path_, other.layout, other.parameters, other.moving);
  EXPECT_NE(read().find("'rnn."), std::string::npos);
  const Weights bare({.cell = Cell::simple_rnn, .hidden_size = 2, .batch_norm = false},
                     {.time = 3, .features = 2, .outputs = 2});
  write_weights(path_, bare.layout, bare.parameters, bare.moving);
  EXPECT_NE(read().find("batch_norm."), std::string::npos);
}

TEST_F(WeightsFileTest, DamageIsAUsersErrorOrHarmless) {
  write_weights(path_, small_.layout, small_.parameters, small_.moving);
  const std::string whole = read_file(path_, 1 << 20);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_file(path_, std::string_view(whole).substr(0, length));
    ASSERT_NE(read(), "") << length;
  }
  const std::size_t header = whole.size() - sizeof(float) * (small_.parameters.size() + small_.moving.size());
  for (std::size_t at = 0; at < header; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x11);
    write_file(path_, damaged);
    read();
  }
}

TEST(Summary, IsKerasTable) {
  EXPECT_EQ(summary_table({.cell = Cell::lstm}, mnist),
            R"(Model: "sequential"
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
}

}  // namespace
}  // namespace cellsweep::model
