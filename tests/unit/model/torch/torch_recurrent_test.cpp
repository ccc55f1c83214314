// The LibTorch engine against finite differences, and its contract.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "engines/make_network.h"
#include "model/network.h"

namespace cellsweep::model {
namespace {

constexpr std::int64_t samples = 6;

// Values for a batch of the shape, with labels and targets.
struct RandomBatch {
  explicit RandomBatch(const DataShape& shape) {
    const RandomSequence random(7, RandomPurpose::synthetic_data, 0);
    inputs.resize(samples * shape.time * shape.features);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(random.normal(i));
    for (std::int64_t i = 0; i < samples; ++i) {
      labels.push_back(static_cast<std::int32_t>(i % shape.outputs));
      targets.push_back(static_cast<float>(i) / 3.0f - 1.0f);
    }
  }
  Batch batch() const { return slice(0, samples); }
  Batch slice(std::int64_t first, std::int64_t count) const {
    const std::size_t row = inputs.size() / samples;
    return {.samples = count,
            .inputs = std::span(inputs).subspan(first * row, count * row),
            .labels = std::span(labels).subspan(first, count),
            .targets = std::span(targets).subspan(first, count),
            .global_samples = samples,
            .first_sample = first};
  }
  std::vector<float> inputs;
  std::vector<std::int32_t> labels;
  std::vector<float> targets;
};

NetworkOptions small_options(Cell cell) {
  NetworkOptions options;
  options.engine = Engine::torch;
  options.model.cell = cell;
  options.model.hidden_size = 5;
  options.shape = {.time = 4, .features = 3, .outputs = 3};
  return options;
}

double training_loss(Network& network, const Batch& batch) {
  network.forward_backward(batch, 3);
  return network.take_metrics().front().loss;
}

using Variant = std::tuple<Cell, int, bool, double, bool, Loss>;

class TorchNetworkGradient : public testing::TestWithParam<Variant> {};

TEST_P(TorchNetworkGradient, AgreesWithFiniteDifferences) {
  NetworkOptions options = small_options(std::get<0>(GetParam()));
  std::tie(std::ignore, options.model.layers, options.model.bidirectional, options.model.dropout,
           options.model.batch_norm, options.loss) = GetParam();
  if (options.loss == Loss::mse) options.shape.outputs = 1;
  const auto group = comm::make_self_communicator();
  const auto network = engines::make_network(options, *group);
  const RandomBatch set(options.shape);
  // Biases that start at 0 hide mistakes, so move every weight off its start.
  const RandomSequence random(11, RandomPurpose::synthetic_data, 1);
  for (std::size_t i = 0; i < network->parameters().size(); ++i)
    network->parameters()[i] += static_cast<float>(0.1 * random.normal(i));
  training_loss(*network, set.batch());
  const std::vector<float> gradient(network->gradients().begin(), network->gradients().end());
  const std::vector<float> start(network->parameters().begin(), network->parameters().end());
  for (const Weight& weight : network->layout().trainable) {
    // Along a direction of signs, as the loss is f32 and a single value moves it too little.
    for (std::uint64_t direction = 0; direction < 3; ++direction) {
      constexpr double step = 2e-3;
      double slope = 0;
      double length = 0;
      double losses[2];
      for (const int side : {0, 1}) {
        for (std::int64_t i = weight.offset; i < weight.offset + weight.size; ++i) {
          const double sign =
              random.bits(1000 * (direction + 1) + static_cast<std::uint64_t>(i)) % 2 ? 1 : -1;
          network->parameters()[i] = static_cast<float>(start[i] + (side == 0 ? sign : -sign) * step);
          if (side == 0) slope += sign * gradient[i], length += std::abs(gradient[i]);
        }
        losses[side] = training_loss(*network, set.batch());
      }
      std::copy(start.begin(), start.end(), network->parameters().begin());
      EXPECT_NEAR(slope, (losses[0] - losses[1]) / (2 * step), 5e-3 + 5e-3 * length)
          << weight.name << ", direction " << direction;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, TorchNetworkGradient,
                         testing::Combine(testing::Values(Cell::simple_rnn, Cell::lstm, Cell::gru),
                                          testing::Values(1, 2), testing::Bool(), testing::Values(0.0, 0.4),
                                          testing::Bool(),
                                          testing::Values(Loss::sparse_categorical_crossentropy, Loss::mse)));

class TorchNetworkCell : public testing::TestWithParam<Cell> {};
INSTANTIATE_TEST_SUITE_P(Cells, TorchNetworkCell, testing::Values(Cell::simple_rnn, Cell::lstm, Cell::gru));

// The recurrence written out from Keras' formulas, for one direction of one layer.
std::vector<double> reference_last_output(const NetworkOptions& options, Network& network,
                                          std::span<const float> sequence) {
  const std::int64_t hidden = options.model.hidden_size;
  const std::int64_t gates = gate_count(options.model.cell) * hidden;
  const auto weights = [&](const char* name) {
    return &network.parameters()[network.layout().find(name)->offset];
  };
  const float* const kernel = weights("rnn.kernel");
  const float* const recurrent = weights("rnn.recurrent_kernel");
  const float* const bias = weights("rnn.bias");
  const bool gru = options.model.cell == Cell::gru;
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  std::vector<double> h(hidden, 0.0), c(hidden, 0.0), x(gates), u(gates);
  for (std::int64_t t = 0; t < options.shape.time; ++t) {
    for (std::int64_t j = 0; j < gates; ++j) {
      x[j] = bias[j];
      u[j] = gru ? bias[gates + j] : 0;
      for (std::int64_t i = 0; i < options.shape.features; ++i)
        x[j] += sequence[t * options.shape.features + i] * kernel[i * gates + j];
      for (std::int64_t i = 0; i < hidden; ++i) u[j] += h[i] * recurrent[i * gates + j];
    }
    for (std::int64_t j = 0; j < hidden; ++j) {
      const auto sum = [&](std::int64_t gate) { return x[gate * hidden + j] + u[gate * hidden + j]; };
      if (options.model.cell == Cell::simple_rnn) {
        h[j] = std::tanh(sum(0));
      } else if (gru) {
        const double z = sigmoid(sum(0));
        h[j] = z * h[j] + (1 - z) * std::tanh(x[2 * hidden + j] + sigmoid(sum(1)) * u[2 * hidden + j]);
      } else {
        c[j] = sigmoid(sum(1)) * c[j] + sigmoid(sum(0)) * std::tanh(sum(2));
        h[j] = sigmoid(sum(3)) * std::tanh(c[j]);
      }
    }
  }
  return h;
}

TEST_P(TorchNetworkCell, ComputesKerasRecurrence) {
  NetworkOptions options = small_options(GetParam());
  options.model.batch_norm = false;
  const auto group = comm::make_self_communicator();
  const auto network = engines::make_network(options, *group);
  const RandomSequence random(5, RandomPurpose::synthetic_data, 2);
  for (std::size_t i = 0; i < network->parameters().size(); ++i)
    network->parameters()[i] += static_cast<float>(0.1 * random.normal(i));
  const RandomBatch set(options.shape);
  std::vector<float> out(samples * options.shape.outputs);
  network->predict(set.batch(), out);
  const float* const kernel = &network->parameters()[network->layout().find("dense.kernel")->offset];
  const float* const bias = &network->parameters()[network->layout().find("dense.bias")->offset];
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const auto h = reference_last_output(options, *network, set.slice(sample, 1).inputs);
    for (std::int64_t k = 0; k < options.shape.outputs; ++k) {
      double expected = bias[k];
      for (std::size_t i = 0; i < h.size(); ++i) expected += h[i] * kernel[i * options.shape.outputs + k];
      EXPECT_NEAR(out[sample * options.shape.outputs + k], expected, 1e-5);
    }
  }
}

TEST_P(TorchNetworkCell, SlicesSumToTheBatch) {
  NetworkOptions options = small_options(GetParam());
  options.model.batch_norm = false;
  options.model.dropout = 0.3;  // masks belong to positions in the global batch
  const auto group = comm::make_self_communicator();
  const auto whole = engines::make_network(options, *group);
  const auto parts = engines::make_network(options, *group);
  const RandomBatch set(options.shape);
  whole->forward_backward(set.batch(), 9);
  for (const auto& [first, count] : {std::pair(0, 4), std::pair(4, 2), std::pair(6, 0)})
    parts->forward_backward(set.slice(first, count), 9);
  for (std::size_t i = 0; i < whole->gradients().size(); ++i)
    EXPECT_NEAR(whole->gradients()[i], parts->gradients()[i], 1e-5);
  const MetricSums a = whole->take_metrics().front();
  const MetricSums b = parts->take_metrics().front();
  EXPECT_NEAR(a.loss, b.loss, 1e-5);
  EXPECT_EQ(a.correct, b.correct);
  EXPECT_EQ(b.samples, samples);
}

TEST(TorchNetwork, EvaluateChangesNothingButTheSums) {
  NetworkOptions options = small_options(Cell::lstm);
  options.model.dropout = 0.5;
  const auto group = comm::make_self_communicator();
  const auto network = engines::make_network(options, *group);
  const RandomBatch set(options.shape);
  network->forward_backward(set.batch(), 0);
  network->take_metrics();
  const auto copy = [](std::span<const float> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  const auto parameters = copy(network->parameters());
  const auto gradients = copy(network->gradients());
  const auto moving_statistics = copy(network->moving_statistics());
  std::vector<float> out(samples * options.shape.outputs);
  network->predict(set.batch(), out);
  network->evaluate(set.batch(), 0);
  network->evaluate(set.slice(6, 0), 0);
  EXPECT_EQ(parameters, copy(network->parameters()));
  EXPECT_EQ(gradients, copy(network->gradients()));
  EXPECT_EQ(moving_statistics, copy(network->moving_statistics()));
  double loss = 0;
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto row = std::span(out).subspan(i * 3, 3);
    const double sum = std::exp(row[0]) + std::exp(row[1]) + std::exp(row[2]);
    loss -= std::log(std::exp(row[set.labels[i]]) / sum);
    correct += std::max_element(row.begin(), row.end()) - row.begin() == set.labels[i];
  }
  const MetricSums sums = network->take_metrics().front();
  EXPECT_NEAR(sums.loss, loss, 1e-4);
  EXPECT_EQ(sums.correct, correct);
  EXPECT_EQ(sums.samples, samples);
  EXPECT_EQ(network->take_metrics().front().samples, 0);
}

TEST(TorchNetwork, BidirectionalBackwardIsAForwardOverTheFlippedSequence) {
  NetworkOptions options = small_options(Cell::gru);
  options.model.bidirectional = true;
  options.model.batch_norm = false;
  const auto group = comm::make_self_communicator();
  const auto network = engines::make_network(options, *group);
  // With both directions' weights alike and a Dense that sees the halves alike, a flip of time changes
  // nothing.
  const auto twin = [&](const std::string& from, const std::string& to) {
    const Weight& source = *network->layout().find(from);
    std::copy_n(&network->parameters()[source.offset], source.size,
                &network->parameters()[network->layout().find(to)->offset]);
  };
  for (const std::string name : {"kernel", "recurrent_kernel", "bias"})
    twin("rnn.forward." + name, "rnn.backward." + name);
  const Weight& dense = *network->layout().find("dense.kernel");
  std::copy_n(&network->parameters()[dense.offset], dense.size / 2,
              &network->parameters()[dense.offset + dense.size / 2]);
  RandomBatch set(options.shape);
  std::vector<float> out(samples * options.shape.outputs), flipped(out.size());
  network->predict(set.batch(), out);
  const auto row = static_cast<std::ptrdiff_t>(options.shape.features);
  for (std::int64_t sample = 0; sample < samples; ++sample)
    for (std::int64_t t = 0; t < options.shape.time / 2; ++t) {
      const auto first = set.inputs.begin() + (sample * options.shape.time + t) * row;
      const auto other = set.inputs.begin() + ((sample + 1) * options.shape.time - 1 - t) * row;
      std::swap_ranges(first, first + row, other);
    }
  network->predict(set.batch(), flipped);
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], flipped[i], 1e-6);
}

}  // namespace
}  // namespace cellsweep::model
