// The parts of a GPU's step, on the host: what tests/golden cannot see.
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "device/cudnn_directions.h"
#include "device/gradient_sum.h"
#include "device/kernels.h"
#include "device/optimizer.h"
#include "device/runtime.h"
#include "model/dropout.h"
#include "train/schedule.h"

namespace cellsweep::device {
namespace {

const Stream host;

std::vector<float> counting(std::int64_t size) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < size; ++i) values.push_back(static_cast<float>(i % 37) - 11);
  return values;
}

TEST(DeviceKernels, ColumnSumsOfFewAndManyRows) {
  for (const std::int64_t rows : {0, 1, 127, 128, 129, 1000}) {
    constexpr std::int64_t columns = 3;
    const auto a = counting(rows * columns);
    std::vector<float> b(a.rbegin(), a.rend());
    std::vector<double> partial(column_sums_room(rows, columns));
    std::vector<double> sums(2 * columns, -1);
    sum_columns(host, a.data(), b.data(), rows, columns, partial.data(), sums.data());
    std::vector<float> gradient(columns, 100);
    add_column_sums(host, a.data(), rows, columns, partial.data(), gradient.data());
    for (std::int64_t column = 0; column < columns; ++column) {
      double sum = 0, product = 0;
      for (std::int64_t row = 0; row < rows; ++row) {
        sum += a[row * columns + column];
        product += a[row * columns + column] * b[row * columns + column];
      }
      EXPECT_EQ(sums[column], sum) << rows;
      EXPECT_EQ(sums[columns + column], product) << rows;
      EXPECT_EQ(gradient[column], static_cast<float>(100 + sum)) << rows;
    }
  }
}

TEST(DeviceKernels, GatherTakesTheBatchThatTheCounterNames) {
  const std::vector<float> values = counting(5 * 2 * 3);  // (samples, time, features)
  const std::vector<float> targets{10, 11, 12, 13, 14};
  const std::vector<std::int64_t> order{4, 2, 0, 3, 1};
  const std::int64_t batch = 1;
  std::vector<float> inputs(2 * 2 * 3), gathered(2);
  gather(host, {.values = values.data(), .targets = targets.data(), .time = 2, .features = 3},
         {.order = order.data(), .batch = &batch, .batch_size = 2, .first = 1, .count = 2},
         {.inputs = inputs.data(), .targets = gathered.data()});
  EXPECT_EQ(gathered, (std::vector<float>{13, 11}));
  for (int time = 0; time < 2; ++time)
    for (int i = 0; i < 2; ++i)
      for (int feature = 0; feature < 3; ++feature)
        EXPECT_EQ(inputs[(time * 2 + i) * 3 + feature], values[((i == 0 ? 3 : 1) * 2 + time) * 3 + feature]);
}

TEST(DeviceKernels, GatherDividesBytes) {
  const std::vector<std::uint8_t> bytes{0, 51, 102, 255};
  const std::vector<std::int32_t> labels{0, 1, 2, 3};
  const std::int64_t batch = 0;
  for (const float divisor : {255.0f, 1.0f}) {
    std::vector<float> inputs(4);
    std::vector<std::int32_t> gathered(4);
    gather(
        host,
        {.bytes = bytes.data(), .labels = labels.data(), .time = 1, .features = 1, .byte_divisor = divisor},
        {.batch = &batch, .batch_size = 4, .first = 0, .count = 4},
        {.inputs = inputs.data(), .labels = gathered.data()});
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(inputs[i], static_cast<float>(bytes[i]) / divisor);
  }
}

TEST(DeviceKernels, DropoutMaskIsTheHosts) {
  const model::DropoutPosition position{.seed = 7, .step = 41, .layer = 2, .backward = true};
  std::vector<float> expected(6 * 5), mask(6 * 5);
  model::fill_dropout_mask(position, 0.3, 100, 5, expected);
  fill_dropout_mask(host, {.seed = 7, .layer = 2, .backward = true}, &position.step, 0.3, 100, 6, 5,
                    mask.data());
  EXPECT_EQ(mask, expected);
}

TEST(DeviceKernels, Bfloat16RoundsToTheNearest) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values{1.0f,          1.00390625f, 1.01171875f, -3.14159274f,  1.003906369f,
                                  3.3961776e38f, inf,         -inf,        std::nanf("1")};
  const std::vector<float> expected{1.0f, 1.0f, 1.015625f, -3.140625f, 1.0078125f, inf, inf, -inf};
  std::vector<std::uint16_t> rounded(values.size());
  std::vector<float> back(values.size());
  round_to_bfloat16(host, values.data(), std::ssize(values), rounded.data());
  widen_bfloat16(host, rounded.data(), std::ssize(values), back.data());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(back[i], expected[i]) << values[i];
  EXPECT_TRUE(std::isnan(back.back()));
}

TEST(DeviceKernels, RanksWithoutSamplesDoNotMoveTheMovingStatistics) {
  std::vector<float> moving(2, 5), mean(1), deviation(1);
  const BatchNormMemory memory{.width = 1,
                               .moving_mean = &moving[0],
                               .moving_variance = &moving[1],
                               .mean = mean.data(),
                               .inverse_deviation = deviation.data()};
  const std::vector<double> sums{0, 0};
  std::vector<double> statistics(3, -1);
  make_statistics(host, memory, sums.data(), 0, statistics.data());
  move_statistics(host, memory, statistics.data());
  EXPECT_EQ(moving, (std::vector<float>{5, 5}));
  // Two ranks' statistics, added up, count as their mean.
  statistics = {3 + 5, 1 + 3, 2};
  move_statistics(host, memory, statistics.data());
  EXPECT_FLOAT_EQ(moving[0], 5 * 0.99f + 4 * 0.01f);
  EXPECT_FLOAT_EQ(moving[1], 5 * 0.99f + 2 * 0.01f);
}

TEST(Rates, FollowTheScheduleAndAdamsCorrection) {
  train::TrainOptions options;
  options.optimizer = {.name = train::OptimizerName::adam, .learning_rate = 0.1};
  options.schedule = {.name = train::ScheduleName::cosine, .decay_steps = {}};
  options.gradient_accumulation_steps = 2;
  const auto rates = make_rates(options, 4, 6, 20);
  ASSERT_EQ(rates.size(), 4u);
  for (int batch = 0; batch < 4; ++batch) {
    const std::int64_t update = (6 + batch) / 2;
    const double rate = train::learning_rate(options.schedule, 0.1, update, 20);
    const double t = static_cast<double>(update) + 1;
    EXPECT_FLOAT_EQ(rates[batch].learning_rate, static_cast<float>(rate));
    EXPECT_NEAR(rates[batch].adam_step, rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)),
                1e-7);
  }
}

// A layout as cuDNN's might be: biases first, then the recurrent weights, with gaps.
at::Tensor lay_out(const std::vector<at::Tensor>& weights) {
  std::int64_t size = 2;
  for (const at::Tensor& weight : weights) size += weight.numel() + 1;
  const at::Tensor buffer = at::zeros({size}, weights[0].options());
  std::int64_t offset = 2;
  for (const int i : {3, 1, 2, 0}) {
    buffer.narrow(0, offset, weights[i].numel()).copy_(weights[i].reshape({-1}));
    offset += weights[i].numel() + 1;
  }
  return buffer;
}

TEST(WeightMap, FindsEveryWeightOfTheFlatBuffer) {
  for (const auto cell : {model::Cell::simple_rnn, model::Cell::lstm, model::Cell::gru})
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const model::ModelOptions options{.cell = cell, .hidden_size = 70};  // more values than 128 * 128
      const model::Layout layout = model::make_layout(options, {.time = 1, .features = 9, .outputs = 2});
      const at::Tensor map = make_weight_map(options, layout, "rnn", type, lay_out);
      const auto* const places = map.const_data_ptr<std::int64_t>();
      std::vector<int> found(layout.trainable_size);
      for (std::int64_t i = 0; i < map.numel(); ++i)
        if (places[i] >= 0) ++found[places[i]];
      const std::int64_t of_cell = layout.find("rnn.bias")->offset + layout.find("rnn.bias")->size;
      for (std::int64_t i = 0; i < layout.trainable_size; ++i) EXPECT_EQ(found[i], i < of_cell ? 1 : 0) << i;
      // cuDNN's input weights are (gates * hidden, features), Keras' (features, gates * hidden).
      const std::int64_t gates = model::gate_count(cell) * 70;
      const std::int64_t w_ih = map.numel() - 1 - gates * 9;
      const std::int64_t first_gate =
          cell == model::Cell::gru ? 70 : 0;  // cuDNN's reset gate is Keras' second
      EXPECT_EQ(places[w_ih], first_gate);
      EXPECT_EQ(places[w_ih + 1], gates + first_gate);
      EXPECT_EQ(places[0], -1);
    }
}

// Keeps what is asked of it.
class Recorder final : public Runtime, public comm::DeviceReduction {
 public:
  explicit Recorder(const float* gradients) : Runtime({}), gradients_(gradients) {}
  std::int64_t run(const GraphKey&, std::int64_t, const std::function<void()>&) override { return 0; }
  double pace(std::int64_t) override { return 0; }
  void wait() override {}
  Stream side() override { return {}; }
  void fork() override { log += "fork "; }
  void join() override { log += "join"; }
  std::unique_ptr<AsyncSnapshot> make_snapshot(const at::Tensor&) override { return nullptr; }
  void all_reduce(void* values, std::size_t count, comm::Scalar type, comm::Stream) override {
    log += type == comm::Scalar::float32
               ? std::to_string(static_cast<float*>(values) - gradients_) + "+" + std::to_string(count) + " "
               : "rounded+" + std::to_string(count) + " ";
  }
  bool is_recordable() const override { return true; }
  std::string log;

 private:
  const float* gradients_;
};

class GradientSums : public testing::Test {
 protected:
  // Of two layers in both directions, with 4 MB and more of gradients.
  void make(std::int64_t hidden, int ranks, comm::GradientType type = comm::GradientType::float32) {
    const model::ModelOptions options{.hidden_size = hidden, .layers = 2, .bidirectional = true};
    layout_ = model::make_layout(options, {.time = 1, .features = 3, .outputs = 2});
    const at::Tensor gradients = ExecutionTarget{}.make_zeros({layout_.trainable_size});
    recorder_ = std::make_unique<Recorder>(gradients.const_data_ptr<float>());
    sum_ = std::make_unique<GradientSum>(options, layout_, gradients, type, ranks, *recorder_, *recorder_);
  }
  std::string bucket(const std::string& first, const std::string& next) const {
    const std::int64_t begin = layout_.find(first)->offset;
    const std::int64_t end = next.empty() ? layout_.trainable_size : layout_.find(next)->offset;
    return std::to_string(begin) + "+" + std::to_string(end - begin) + " ";
  }
  std::string head() const { return bucket("batch_norm.gamma", ""); }
  std::string last_backward() const { return bucket("rnn_1.backward.kernel", "batch_norm.gamma"); }
  std::string last_forward() const { return bucket("rnn_1.forward.kernel", "rnn_1.backward.kernel"); }
  std::string first_backward() const { return bucket("rnn.backward.kernel", "rnn_1.forward.kernel"); }
  std::string first_forward() const { return bucket("rnn.forward.kernel", "rnn.backward.kernel"); }

  model::Layout layout_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<GradientSum> sum_;
};

TEST_F(GradientSums, LargeOnesGoInBucketsInOneOrder) {
  make(256, 2);
  sum_->begin(true);
  sum_->head_ready();
  sum_->direction_ready(1, false);  // waits for its place in the order
  sum_->direction_ready(1, true);
  sum_->direction_ready(0, true);
  sum_->direction_ready(0, false);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "fork " + head() + "fork " + last_backward() + last_forward() + "fork " +
                                first_backward() + "fork " + first_forward() + "join");
}

TEST_F(GradientSums, ARankWithoutSamplesTakesPartInTheSameOrder) {
  make(256, 2);
  sum_->begin(true);
  sum_->head_ready();
  sum_->finish();
  EXPECT_EQ(recorder_->log, "fork " + head() + "fork " + last_backward() + "fork " + last_forward() +
                                "fork " + first_backward() + "fork " + first_forward() + "join");
}

TEST_F(GradientSums, SmallOnesGoAtOnceAndOnlyForAnUpdate) {
  make(16, 2);
  sum_->begin(false);
  sum_->head_ready();
  sum_->direction_ready(0, true);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "");
  sum_->begin(true);
  sum_->direction_ready(0, true);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "0+" + std::to_string(layout_.trainable_size) + " ");
}

TEST_F(GradientSums, RoundedIfAskedFor) {
  make(16, 2, comm::GradientType::bfloat16);
  sum_->begin(true);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "rounded+" + std::to_string(layout_.trainable_size) + " ");
}

}  // namespace
}  // namespace cellsweep::device
