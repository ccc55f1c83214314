// What a run takes of a host's memory, and the messages about it.
#include "job/run_memory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

constexpr double gigabyte = 1e9;

data::Splits outline_of(const config::Config& config) {
  return data::outline_splits(config.data);
}

// 1,000 sequences of 10 steps of 2 values.
config::Config config_with(const std::string& more = "") {
  return config::parse_config(
      "data: {format: synthetic, synthetic: {length: 10, train_samples: 1000, validation_samples: 100}}\n"
      "train: {loss: mse, batch_size: 100}\n" +
          more,
      "f");
}

RunMemory memory_with(const config::Config& config, int ranks = 1) {
  return memory_of_run(config, outline_of(config), ranks, model::Engine::fused);
}

TEST(RunMemory, OfAHostHasItsDataOnceIfTheyAreShared) {
  RunMemory memory{.program = 1000, .data = 100, .weights = 10, .workspaces = 5, .checkpoint = 1};
  EXPECT_EQ(memory.of_process(), 116);
  EXPECT_EQ(memory.of_host(4), 100 + 4 * 15 + 1);
  memory.shares_data = false;
  EXPECT_EQ(memory.of_host(4), 4 * 115 + 1);
  EXPECT_EQ(memory.of_process(), 116);
}

TEST(RunMemory, CountsParametersAndSamples) {
  const RunMemory memory = memory_with(config_with("model: {cell: gru, hidden_size: 16, batch_norm: false}"));
  // Keras: 3 * 16 * (2 + 16 + 2) of the GRU, 16 + 1 of the dense layer.
  EXPECT_EQ(memory.parameters, 960 + 17);
  // Floats: 1,100 samples of 10 steps of 2 values, and a target each.
  EXPECT_EQ(memory.data, 4 * 1100 * (10 * 2 + 1));
  EXPECT_GE(memory.weights, 2 * 4 * 977) << "weights and gradients";
  EXPECT_TRUE(memory.shares_data);
}

TEST(RunMemory, GrowsWithWhatARunKeeps) {
  const RunMemory plain = memory_with(config_with("checkpoint: {enabled: false}"));
  EXPECT_EQ(plain.checkpoint, 0);
  const RunMemory saved = memory_with(config_with("checkpoint: {enabled: true}"));
  EXPECT_GE(saved.checkpoint, 2 * 4.0 * static_cast<double>(saved.parameters));
  const auto with_optimizer = [](const std::string& name) {
    config::Config config = config_with();
    config.train.optimizer.name = *from_name<train::OptimizerName>(name);
    return memory_with(config);
  };
  const double moments = 2 * 4.0 * static_cast<double>(saved.parameters);
  EXPECT_EQ(with_optimizer("adam").weights - with_optimizer("sgd").weights, moments);
  config::Config restoring = config_with();
  restoring.train.early_stopping.patience = 3;
  restoring.train.early_stopping.restore_best_weights = true;
  EXPECT_GT(memory_with(restoring).weights, saved.weights);
}

TEST(RunMemory, RanksShareTheBatch) {
  const config::Config config = config_with();
  EXPECT_LT(memory_with(config, 4).workspaces, 0.5 * memory_with(config, 1).workspaces);
  config::Config reproducible = config;
  reproducible.parallel.reproducible = true;
  EXPECT_THROW(memory_with(reproducible, 3), UserError);
}

TEST(RequireMemoryOfRun, RefusesWithWhatNeedsHowMuchAndTheKeys) {
  const config::Config config = config_with("model: {hidden_size: 48, layers: 2}");
  const RunMemory memory{.parameters = 24'586, .data = 1e6, .weights = 3 * gigabyte, .workspaces = 2e6};
  const MemoryLimit enough{.bytes = INFINITY, .reason = "none"};
  const auto refusal = [&](const RunMemory& needed, int ranks, double host, double process) {
    return user_error([&] {
      require_memory_of_run(needed, config, ranks,
                            {.host = {.bytes = host, .reason = "this host has little"},
                             .process = {.bytes = process, .reason = "ulimit is low"}});
    });
  };
  EXPECT_EQ(refusal(memory, 2, 7 * gigabyte, 4 * gigabyte), "");
  EXPECT_EQ(refusal(memory, 2, 6 * gigabyte, 4 * gigabyte),
            "a model of 24,586 parameters needs 6.0 GB of memory for 2 ranks on this host, but this host has "
            "little: weights and copies of them 3.0 GB, what grows with the batch 2 MB, data 1 MB; lower "
            "model.hidden_size (it is 48), model.layers (2) or the number of classes");
  EXPECT_EQ(
      refusal(memory, 2, 7 * gigabyte, 2 * gigabyte),
      "a model of 24,586 parameters needs 3.0 GB of memory in each process, but ulimit is low: weights "
      "and copies of them 3.0 GB, what grows with the batch 2 MB, data 1 MB; lower model.hidden_size (it "
      "is 48), model.layers (2) or the number of classes");
}

TEST(NeedsText, NamesTheKeysOfTheLargestPart) {
  const config::Config config = config_with();
  const auto keys = [&](const RunMemory& memory) {
    const std::string text = needs_text(memory, config);
    return text.substr(text.find("; lower ") + 8);
  };
  EXPECT_EQ(keys({.data = 3, .weights = 1, .workspaces = 2}), "data.synthetic's sizes");
  EXPECT_EQ(keys({.data = 1, .weights = 2, .workspaces = 3}).substr(0, 22), "train.batch_size (100)");
  EXPECT_EQ(keys({.data = 1, .weights = 2, .workspaces = 3, .checkpoint = 2}).substr(0, 17),
            "model.hidden_size");
}

TEST(SizesText, HasTheProgramToo) {
  EXPECT_EQ(sizes_text({.parameters = 24'586, .program = 20e6, .data = 4e6, .weights = 6e6}),
            "24,586 parameters, 30 MB");
}

}  // namespace
}  // namespace cellsweep::job
