// What a network takes, before it is made.
#include "engines/network_memory.h"

#include <gtest/gtest.h>

namespace cellsweep::engines {
namespace {

model::NetworkOptions small() {
  model::NetworkOptions options;
  options.model.hidden_size = 32;
  options.shape = {.time = 10, .features = 8, .outputs = 3};
  options.engine = model::Engine::fused;
  return options;
}

TEST(NetworkMemory, HoldsParametersAndGradientsAtLeast) {
  for (const model::Engine engine : {model::Engine::fused, model::Engine::torch}) {
    model::NetworkOptions options = small();
    options.engine = engine;
    const auto parameters =
        static_cast<double>(model::make_layout(options.model, options.shape).trainable_size);
    EXPECT_GE(network_memory(options, 64, 64).weights, 2 * 4 * parameters);
  }
}

TEST(NetworkMemory, WorkspacesGrowWithTheBatchAndWeightsDoNot) {
  const NetworkMemory one = network_memory(small(), 64, 0), two = network_memory(small(), 128, 0);
  EXPECT_EQ(one.weights, two.weights);
  EXPECT_DOUBLE_EQ(two.workspaces, 2 * one.workspaces);
  // An LSTM keeps two states of each of its 32 units, before the first step and after each.
  EXPECT_GE(network_memory(small(), 0, 64).workspaces, 4.0 * 2 * 11 * 64 * 32) << "an evaluation alone";
}

TEST(NetworkMemory, ShardsAndThreadsHaveGradientsOfTheirOwn) {
  const auto weights = [](std::int64_t shards, int threads) {
    model::NetworkOptions options = small();
    options.shards = shards;
    options.threads = threads;
    return network_memory(options, 64, 64).weights;
  };
  EXPECT_GT(weights(8, 1), 3 * weights(1, 1));
  EXPECT_GT(weights(1, 4), 3 * weights(1, 1));
}

// Products of sizes that a config permits are beyond 64 bits.
TEST(NetworkMemory, OfHugeModelsIsANumber) {
  model::NetworkOptions options = small();
  options.shape = {.time = 1'000'000'000, .features = 1'000'000, .outputs = 1};
  EXPECT_GT(network_memory(options, 1'000'000'000, 0).workspaces, 1e24);
}

}  // namespace
}  // namespace cellsweep::engines
