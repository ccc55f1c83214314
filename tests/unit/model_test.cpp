// Layout, initial weights, summary table, weights file, and the parts of a network that need no LibTorch.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/batch_norm.h"
#include "model/dropout.h"
#include "model/initializers.h"
#include "model/loss.h"
#include "model/summary.h"
#include "model/weights_file.h"

namespace cellsweep::model {
namespace {

constexpr ProblemShape mnist{.time = 28, .features = 28, .outputs = 10};

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

TEST(Layout, counts_parameters_as_keras) {
  const std::pair<Cell, std::int64_t> cases[] = {
      {Cell::simple_rnn, 6730}, {Cell::lstm, 24586}, {Cell::gru, 18826}};
  for (const auto& [cell, trainable] : cases) {
    const Layout layout = make_layout(with_cell(cell), mnist);
    EXPECT_EQ(layout.trainable_size, trainable);
    EXPECT_EQ(layout.moving_size, 128);
  }
}

TEST(Layout, names_layers_and_directions) {
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

TEST(Initializers, follow_keras) {
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
      EXPECT_EQ(bias[i], cell == Cell::lstm && i >= 64 && i < 128 ? 1.0F : 0.0F);
    for (const char* name : {"batch_norm.gamma", "batch_norm.moving_variance"})
      for (const float value : weights.at(layout, name)) EXPECT_EQ(value, 1.0F);
    for (const char* name : {"batch_norm.beta", "batch_norm.moving_mean", "dense.bias"})
      for (const float value : weights.at(layout, name)) EXPECT_EQ(value, 0.0F);
  }
}

TEST(Initializers, recurrent_kernels_have_orthonormal_rows) {
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

TEST(Initializers, depend_on_the_seed_alone) {
  const Layout layout = make_layout({}, mnist);
  Weights a(layout), b(layout), c(layout);
  initialize_weights({}, layout, 1, a.parameters, a.moving);
  initialize_weights({}, layout, 1, b.parameters, b.moving);
  initialize_weights({}, layout, 2, c.parameters, c.moving);
  EXPECT_EQ(a.parameters, b.parameters);
  EXPECT_NE(a.parameters, c.parameters);
}

// What Keras 3.16 prints with line_length=76.
TEST(Summary, is_keras_table) {
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

class WeightsFile : public testing::Test {
 protected:
  WeightsFile() {
    options_.hidden_size = 2;
    layout_ = make_layout(options_, {.time = 2, .features = 1, .outputs = 2});
    std::filesystem::create_directory(folder_);
    Weights weights(layout_);
    std::iota(weights.parameters.begin(), weights.parameters.end(), 1.0F);
    std::iota(weights.moving.begin(), weights.moving.end(), 1000.0F);
    write_weights(path_, layout_, weights.parameters, weights.moving);
    std::ifstream file(path_, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    header_ = bytes_.substr(8, length);
    data_ = bytes_.substr(8 + length);
  }
  ~WeightsFile() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  static std::string file_of(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
  }
  // The header with the first `from` replaced.
  std::string changed(const std::string& from, const std::string& to) const {
    std::string header = header_;
    const std::size_t at = header.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return header.replace(at, from.size(), to);
  }
  // The message of the refusal; empty where the file was read. A refused file must leave the buffers alone.
  std::string refusal() const {
    Weights weights(layout_);
    try {
      read_weights(path_, layout_, weights.parameters, weights.moving);
    } catch (const UserError& error) {
      EXPECT_EQ(weights.parameters, Weights(layout_).parameters);
      EXPECT_EQ(weights.moving, Weights(layout_).moving);
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cellsweep_model_test_" + std::to_string(getpid()));
  std::filesystem::path path_ = folder_ / "weights.safetensors";
  ModelOptions options_;
  Layout layout_;
  std::string bytes_, header_, data_;
};

TEST_F(WeightsFile, gives_back_what_was_written) {
  Weights weights(layout_);
  read_weights(path_, layout_, weights.parameters, weights.moving);
  for (std::size_t i = 0; i < weights.parameters.size(); ++i)
    EXPECT_EQ(weights.parameters[i], static_cast<float>(1 + i));
  for (std::size_t i = 0; i < weights.moving.size(); ++i)
    EXPECT_EQ(weights.moving[i], static_cast<float>(1000 + i));
  EXPECT_EQ(header_.size() % 8, 0U);
}

TEST_F(WeightsFile, takes_metadata) {
  put(file_of("{\"__metadata__\":{\"format\":\"pt\"}," + header_.substr(1), data_));
  EXPECT_EQ(refusal(), "");
}

TEST_F(WeightsFile, refuses_every_truncation_and_any_extra) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    put(bytes_.substr(0, size));
    EXPECT_NE(refusal(), "") << size;
  }
  put(bytes_ + '\0');
  EXPECT_NE(refusal(), "");
}

TEST_F(WeightsFile, refuses_a_header_that_does_not_describe_the_model) {
  const std::pair<std::string, std::string> cases[] = {
      {changed("F32", "I32"), "weight 'rnn.kernel' has dtype \"I32\""},
      {changed("F32", "F64"), "has 32 bytes of data, but its shape needs 64"},
      {changed("[1,8]", "[4294967296,4294967296]"), "needs 18446744073709551615"},
      {changed("[1,8]", "[8,1]"), "weight 'rnn.kernel' has shape [8,1], but this model needs [1,8]"},
      {changed("[1,8]", "[-1,8]"), "has shape"},
      {changed("[0,32]", "[0,28]"), "has 28 bytes of data, but its shape needs 32"},
      {changed("[0,32]", "[32,0]"), "lies at data bytes 32 to 0"},
      {changed("[0,32]", "[0,18446744073709551615]"), "lies at data bytes 0 to 18446744073709551615"},
      {changed("[0,32]", "[0]"), "needs two data_offsets"},
      {changed("[32,96]", "[0,64]"), "overlap"},
      {changed("[0,32]", "[4,36]"), "'rnn.kernel' begins at data byte 4"},
      {changed("dense.bias", "dense.hat"), "weight 'dense.hat' is not one of this model's"},
      {changed("dense.bias", "rnn.kernel"), "weight 'rnn.kernel' occurs twice"},
      {changed("\"dtype\":\"F32\",", ""), "must have dtype, shape and data_offsets"},
      {changed("[1,8]", "[[[[1]]]]"), "nested too deeply"},
      {"[]", "must be a JSON object"},
      {"{}", "bytes after the last weight"},
      {changed("dense.bias", "resume.bias"), "weight 'dense.bias' of this model is missing"},
      {"{\"__metadata__\":{\"format\":1}," + header_.substr(1), "must be a JSON object of strings"},
      {std::string(100000, '['), "nested too deeply"},
      {"{\"\xff\":1}", "is not JSON"},
  };
  for (const auto& [header, expected] : cases) {
    put(file_of(header, data_));
    const std::string message = refusal();
    EXPECT_NE(message.find(expected), std::string::npos) << expected << "\n" << message;
    EXPECT_EQ(message.find(path_.string()), 0U) << message;
  }
  put(std::string(8, '\xff') + header_ + data_);
  EXPECT_NE(refusal().find("header length"), std::string::npos);
}

// Whatever a byte of the header turns into, it is read or refused, and nothing else happens.
TEST_F(WeightsFile, survives_any_changed_header_byte) {
  int refused = 0;
  for (std::size_t at = 0; at < 8 + header_.size(); ++at)
    for (const int flip : {1, 4, 16, 128}) {
      std::string bytes = bytes_;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      put(bytes);
      refused += refusal().empty() ? 0 : 1;
    }
  EXPECT_GT(refused, static_cast<int>(3 * header_.size()));
}

TEST(Dropout, mask_belongs_to_the_position_in_the_global_batch) {
  constexpr std::int64_t features = 7;
  const DropoutPlace place{.seed = 5, .step = 4, .layer = 1, .backward = false};
  std::vector<float> whole(1000 * features), tail(400 * features), other(whole.size());
  fill_dropout_mask(place, 0.25, 0, features, whole);
  fill_dropout_mask(place, 0.25, 600, features, tail);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), whole.begin() + 600 * features));
  double dropped = 0;
  for (const float value : whole) {
    EXPECT_TRUE(value == 0.0F || value == 4.0F / 3.0F);
    dropped += value == 0.0F ? 1 : 0;
  }
  EXPECT_NEAR(dropped / 7000, 0.25, 0.02);
  for (const DropoutPlace& elsewhere : {DropoutPlace{6, 4, 1, false}, DropoutPlace{5, 5, 1, false},
                                        DropoutPlace{5, 4, 0, false}, DropoutPlace{5, 4, 1, true}}) {
    fill_dropout_mask(elsewhere, 0.25, 0, features, other);
    EXPECT_NE(other, whole);
  }
}

TEST(BatchNorm, uses_biased_variance_and_moves_by_a_hundredth) {
  const auto group = comm::make_self_communicator();
  BatchNorm layer(2, true, *group);
  const std::vector<float> gamma{2, 1}, beta{0.5F, 0};
  std::vector<float> mean{0, 0}, variance{1, 1};
  const BatchNormWeights weights{gamma, beta, mean, variance};
  const std::vector<float> inputs{1, 10, 3, 20, 8, 30};
  std::vector<float> outputs(inputs.size());
  layer.forward(weights, inputs,
                {.samples = 3, .inputs = {}, .labels = {}, .targets = {}, .global_samples = 3}, outputs);
  const double biased = (9 + 1 + 16) / 3.0;
  EXPECT_NEAR(outputs[0], 2 * (1 - 4) / std::sqrt(biased + 1e-3) + 0.5, 1e-5);
  EXPECT_NEAR(outputs[5], 10 / std::sqrt(200 / 3.0 + 1e-3), 1e-5);
  EXPECT_NEAR(mean[0], 0.04, 1e-6);
  EXPECT_NEAR(variance[0], 0.99 + 0.01 * biased, 1e-6);
  layer.infer(weights, inputs, outputs);
  EXPECT_NEAR(outputs[0], 2 * (1 - mean[0]) / std::sqrt(variance[0] + 1e-3) + 0.5, 1e-5);
}

TEST(Loss, is_finite_for_large_logits_and_counts_the_first_largest) {
  const std::vector<float> logits{1000, 0, -1000, 5, 5, 0};
  const std::vector<std::int32_t> labels{1, 1};
  Batch batch;
  batch.samples = 2;
  batch.labels = labels;
  std::vector<float> gradient(logits.size());
  MetricSums sums;
  compute_loss(Loss::sparse_categorical_crossentropy, batch, logits, gradient, sums);
  EXPECT_NEAR(sums.loss, 1000 + std::log(2 + std::exp(-5.0)), 1e-4);
  EXPECT_EQ(sums.correct, 0);
  EXPECT_EQ(sums.samples, 2);
  EXPECT_NEAR(gradient[0], 1, 1e-6);
  EXPECT_NEAR(gradient[1], -1, 1e-6);
}

}  // namespace
}  // namespace cellsweep::model
