// The fused engine against the torch engine, over random shapes and options.
#include "engines/make_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "model/network.h"
#include "torch.h"
#include "unit/user_error.h"

namespace cellsweep::model {
namespace {

struct RandomBatch {
  RandomBatch(const DataShape& shape, std::int64_t samples, std::uint64_t seed) {
    const RandomSequence random(seed, RandomPurpose::synthetic_data, 0);
    inputs.resize(samples * shape.time * shape.features);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(random.normal(i));
    for (std::int64_t i = 0; i < samples; ++i) {
      labels.push_back(static_cast<std::int32_t>(i % shape.outputs));
      targets.push_back(static_cast<float>(i % 5) / 3.0f - 1.0f);
    }
    batch = {.samples = samples,
             .inputs = inputs,
             .labels = labels,
             .targets = targets,
             .global_samples = samples,
             .first_sample = 0};
  }
  std::vector<float> inputs, targets;
  std::vector<std::int32_t> labels;
  Batch batch;
};

NetworkOptions random_options(std::uint64_t seed) {
  const RandomSequence random(seed, RandomPurpose::synthetic_data, 1);
  auto pick = [&, next = std::uint64_t{0}](std::uint64_t choices) mutable {
    return static_cast<std::int64_t>(random.below(next++, choices));
  };
  NetworkOptions options;
  options.model.cell = static_cast<Cell>(seed % 3);
  options.model.hidden_size = 1 + pick(seed % 5 == 0 ? 300 : 90);
  options.model.layers = 1 + pick(3);
  options.model.bidirectional = pick(2) == 1;
  options.model.dropout = pick(2) == 1 ? 0.3 : 0.0;
  options.model.batch_norm = pick(2) == 1;
  options.loss = pick(3) == 0 ? Loss::mse : Loss::sparse_categorical_crossentropy;
  options.shape = {
      .time = 1 + pick(7), .features = 1 + pick(40), .outputs = options.loss == Loss::mse ? 1 : 2 + pick(12)};
  options.seed = seed;
  return options;
}

// The largest difference, in relation to the largest value.
double difference(std::span<const float> a, std::span<const float> b) {
  double largest = 1e-6;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::fmax(largest, std::abs(static_cast<double>(a[i])));
    // Not fmax, which passes over NaN.
    const double here = std::abs(static_cast<double>(a[i]) - b[i]);
    worst = here <= worst ? worst : here;
  }
  return worst / largest;
}

class FusedAgainstTorch : public testing::TestWithParam<int> {};

TEST_P(FusedAgainstTorch, ComputesTheSameStep) {
  NetworkOptions options = random_options(static_cast<std::uint64_t>(GetParam()));
  const auto group = comm::make_self_communicator();
  options.engine = Engine::torch;
  SKIP_WITHOUT_TORCH(options.engine);
  const auto torch = engines::make_network(options, *group);
  options.engine = Engine::fused;
  const auto fused = engines::make_network(options, *group);
  ASSERT_EQ(difference(torch->parameters(), fused->parameters()), 0.0);
  // Batches that grow and shrink, so that workspaces are used again.
  for (const std::int64_t samples : {7, 33, 2, 64, 3}) {
    SCOPED_TRACE(testing::Message() << "samples " << samples << ", hidden " << options.model.hidden_size
                                    << ", layers " << options.model.layers << ", features "
                                    << options.shape.features << ", time " << options.shape.time);
    const RandomBatch random(options.shape, samples, static_cast<std::uint64_t>(samples));
    for (Network* network : {torch.get(), fused.get()}) {
      std::ranges::fill(network->gradients(), 0.0f);
      network->forward_backward(random.batch, samples);
    }
    const double allowed = options.model.batch_norm && samples < 8 ? 1e-3 : 2e-5;  // tiny variances amplify
    for (const Weight& weight : torch->layout().trainable) {
      const auto part = [&](Network& network) {
        return network.gradients().subspan(weight.offset, weight.size);
      };
      // Gradients that cancel to nothing (a bias before batch normalisation) are compared with all others.
      const double scale = difference(torch->gradients(), std::vector<float>(torch->gradients().size()));
      EXPECT_GT(scale, 0.0);
      double largest = 0;
      for (const float value : torch->gradients())
        largest = std::fmax(largest, std::abs(static_cast<double>(value)));
      const auto a = part(*torch);
      const auto b = part(*fused);
      for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_NEAR(a[i], b[i], allowed * largest) << weight.name << " " << i;
    }
    EXPECT_LE(difference(torch->moving_statistics(), fused->moving_statistics()), 1e-5);
    const double loss = torch->take_metrics().front().loss;
    EXPECT_NEAR(fused->take_metrics().front().loss, loss, 1e-5 * std::abs(loss));
    std::vector<float> expected(samples * options.shape.outputs), actual(expected);
    torch->predict(random.batch, expected);
    fused->predict(random.batch, actual);
    EXPECT_LE(difference(expected, actual), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, FusedAgainstTorch, testing::Range(0, 60));

class Bytes : public testing::TestWithParam<std::tuple<Engine, float, int>> {};

TEST_P(Bytes, AreTheSameInputsAsTheirParts) {
  const auto [engine, divisor, threads] = GetParam();
  SKIP_WITHOUT_TORCH(engine);
  NetworkOptions options;
  options.engine = engine;
  options.threads = threads;
  options.model.hidden_size = 9;
  options.shape = {.time = 4, .features = 21, .outputs = 3};
  const auto group = comm::make_self_communicator();
  const auto from_floats = engines::make_network(options, *group),
             from_bytes = engines::make_network(options, *group);
  constexpr std::int64_t samples = 5;
  RandomBatch random(options.shape, samples, 1);
  std::vector<std::uint8_t> bytes(random.inputs.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(37 * i);
    random.inputs[i] = static_cast<float>(bytes[i]) / divisor;
  }
  Batch batch = random.batch;
  from_floats->forward_backward(batch, 0);
  batch.inputs = {};
  batch.bytes = bytes;
  batch.byte_divisor = divisor;
  from_bytes->forward_backward(batch, 0);
  EXPECT_TRUE(std::ranges::equal(from_floats->gradients(), from_bytes->gradients()));
  EXPECT_GT(from_floats->take_metrics().front().loss, 0);
}
INSTANTIATE_TEST_SUITE_P(Engines, Bytes,
                         testing::Values(std::tuple(Engine::torch, 255.0f, 1),
                                         std::tuple(Engine::torch, 1.0f, 1),
                                         std::tuple(Engine::fused, 255.0f, 1),
                                         std::tuple(Engine::fused, 1.0f, 1),
                                         std::tuple(Engine::fused, 1.0f, 2)));

// The sum of the shards' gradients is the gradient, each shard's is that of its samples alone (batch
// normalisation aside, which sees all), and metrics are kept by shard.
TEST(Shards, KeepTheirSumsApart) {
  for (const Cell cell : {Cell::simple_rnn, Cell::lstm, Cell::gru}) {
    NetworkOptions options;
    options.model = {.cell = cell,
                     .hidden_size = 20,
                     .layers = 2,
                     .bidirectional = true,
                     .batch_norm = false,
                     .initial_weights = {}};
    options.shape = {.time = 5, .features = 7, .outputs = 4};
    const auto group = comm::make_self_communicator();
    const auto alone = engines::make_network(options, *group);
    options.shards = 3;
    const auto network = engines::make_network(options, *group);
    const RandomBatch random(options.shape, 11, 2);
    Batch batch = random.batch;
    const std::vector<std::int64_t> ends{4, 4, 11};  // the second has no samples
    batch.shard_ends = ends;
    network->forward_backward(batch, 0);
    const auto sums = network->take_metrics();
    const std::size_t size = alone->gradients().size();
    std::int64_t first = 0;
    for (std::size_t shard = 0; shard < ends.size(); ++shard) {
      const std::int64_t count = ends[shard] - first;
      std::ranges::fill(alone->gradients(), 0.0f);
      Batch slice = random.batch;
      slice.samples = count;
      slice.inputs = batch.inputs.subspan(first * 35, count * 35);
      slice.labels = batch.labels.subspan(first, count);
      slice.first_sample = first;
      if (count > 0) alone->forward_backward(slice, 0);
      EXPECT_LE(difference(alone->gradients(), network->gradients().subspan(shard * size, size)), 1e-6);
      EXPECT_EQ(sums[shard].samples, count);
      EXPECT_EQ(sums[shard].loss, alone->take_metrics().front().loss);
      first = ends[shard];
    }
  }
}

// Threads change the order of additions over samples, but not within a shard.
TEST(Threads, ComputeTheSame) {
  for (const std::int64_t shards : {1, 4})
    for (const std::int64_t samples : {1, 2, 23, 64}) {
      NetworkOptions options;
      options.model = {
          .cell = Cell::gru, .hidden_size = 12, .layers = 2, .dropout = 0.3, .initial_weights = {}};
      options.shape = {.time = 6, .features = 5, .outputs = 4};
      options.shards = shards;
      const auto group = comm::make_self_communicator();
      const auto one = engines::make_network(options, *group);
      options.threads = 3;
      const auto several = engines::make_network(options, *group);
      const RandomBatch random(options.shape, samples, 3);
      Batch batch = random.batch;
      std::vector<std::int64_t> ends;
      for (std::int64_t shard = 1; shard <= shards; ++shard) ends.push_back(samples * shard / shards);
      batch.shard_ends = ends;
      for (int step = 0; step < 3; ++step) {
        one->forward_backward(batch, step);
        several->forward_backward(batch, step);
      }
      EXPECT_LE(difference(one->gradients(), several->gradients()), shards > 1 ? 0.0 : 2e-6) << samples;
      EXPECT_GT(difference(one->gradients(), std::vector<float>(one->gradients().size())), 0.0);
      one->evaluate(random.batch, 0);
      several->evaluate(random.batch, 0);
      EXPECT_EQ(one->take_metrics().front().loss, several->take_metrics().front().loss);
    }
}

TEST(ChooseEngine, TakesTheFastestOrWhatIsAskedFor) {
  EXPECT_EQ(engines::choose_engine(Engine::automatic, false, false).engine, Engine::fused);
  EXPECT_EQ(engines::choose_engine(Engine::automatic, false, true).engine, Engine::cudnn);
  EXPECT_EQ(engines::choose_engine(Engine::torch, false, true).engine, Engine::torch);
  EXPECT_EQ(engines::choose_engine(Engine::fused, true, false).engine, Engine::fused);
  EXPECT_NE(engines::choose_engine(Engine::automatic, false, false).reason,
            engines::choose_engine(Engine::fused, false, false).reason);
}

TEST(ChooseEngine, RefusesWhatAnEngineCannotDo) {
  const auto refusal = [](Engine engine, bool reproducible, bool on_gpu) {
    return user_error([&] { engines::choose_engine(engine, reproducible, on_gpu); });
  };
  EXPECT_TRUE(refusal(Engine::torch, true, false).starts_with("parallel.reproducible needs"));
  EXPECT_TRUE(refusal(Engine::cudnn, false, false).starts_with("parallel.engine: cudnn computes on GPUs"));
  EXPECT_TRUE(refusal(Engine::fused, false, true).starts_with("parallel.engine: fused computes on CPUs"));
}

}  // namespace
}  // namespace cellsweep::model
