// Repeats the runs that Keras made (make_golden.py), on as many ranks as it is started with.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "engines/make_network.h"
#include "gpu/gpu.h"
#include "metrics/observer.h"
#include "model/network.h"
#include "model/weights_file.h"
#include "parallel/world.h"
#include "train/trainer.h"
#if CELLSWEEP_TORCH
#include "device/stepper.h"
#endif

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

// The environment names it if the program is not in the tree that it was built in.
const char* const elsewhere = std::getenv("CELLSWEEP_GOLDEN_DIR");
const fs::path golden_directory = elsewhere != nullptr ? elsewhere : CELLSWEEP_GOLDEN_DIR;
constexpr std::size_t least_cases = 28;

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden_directory / "cases"))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Adam and its kin divide by a running root mean square, which enlarges rounding if gradients are small.
double tolerance(const train::OptimizerOptions& options) {
  return options.name == train::OptimizerName::sgd ? 5e-6 : 1e-4;
}

void expect_weights(const std::vector<model::Weight>& weights, std::span<const float> expected,
                    std::span<const float> actual, double tolerance) {
  for (const auto& weight : weights) {
    std::int64_t worst = weight.offset;
    for (std::int64_t i = weight.offset; i < weight.offset + weight.size; ++i)
      if (!(std::abs(expected[i] - actual[i]) <= std::abs(expected[worst] - actual[worst]))) worst = i;
    EXPECT_NEAR(expected[worst], actual[worst], tolerance)
        << weight.name << "[" << worst - weight.offset << "]";
  }
}

void expect_history(const nlohmann::json& expected, const std::vector<metrics::EpochReport>& actual,
                    double tolerance) {
  ASSERT_EQ(actual.size(), expected.at("loss").size());
  for (std::size_t epoch = 0; epoch < actual.size(); ++epoch) {
    SCOPED_TRACE("epoch " + std::to_string(epoch + 1));
    const auto& report = actual[epoch];
    ASSERT_EQ(expected.size(), report.metrics.size());
    for (const auto& [name, value] : report.metrics)
      EXPECT_NEAR(expected.at(name)[epoch], value, tolerance) << name;
  }
}

struct SilentObserver final : metrics::Observer {
  std::string name() const override { return "silent"; }
};

// By whom steps are made: a host's engines; a GPU's stepper on this host's memory, by LibTorch's own
// recurrent layers or by those on cuDNN, whose place host_cudnn.cpp takes; the same on a GPU.
struct Maker {
  const char* name;
  enum class Where { host, device_on_host, gpu } where;
  model::Engine engine;
};
constexpr Maker makers[] = {
    {"fused", Maker::Where::host, model::Engine::fused},
#if CELLSWEEP_TORCH
    {"torch", Maker::Where::host, model::Engine::torch},
    {"device_torch", Maker::Where::device_on_host, model::Engine::torch},
    {"device_cudnn", Maker::Where::device_on_host, model::Engine::cudnn},
#endif
#if CELLSWEEP_CUDA
    {"gpu_torch", Maker::Where::gpu, model::Engine::torch},
    {"gpu_cudnn", Maker::Where::gpu, model::Engine::cudnn},
#endif
};

std::unique_ptr<train::Stepper> make_stepper([[maybe_unused]] const Maker& maker,
                                             const config::Config& config,
                                             const model::NetworkOptions& network,
                                             const data::Splits& splits) {
#if CELLSWEEP_TORCH
  const engines::DeviceSetup setup{config.train, network, config.parallel, splits, world(), watchdog()};
  if (maker.where == Maker::Where::gpu) return device::make_cuda_stepper(setup, *gpu_of_this_rank());
  if (maker.where == Maker::Where::device_on_host) return device::make_emulated_stepper(setup);
#endif
  return train::make_cpu_stepper({config.train, 1, splits, engines::make_network(network, world()), world()});
}

class Golden : public testing::TestWithParam<std::tuple<Maker, std::string>> {
 protected:
  // The cases name their files relative to this directory.
  static void SetUpTestSuite() { fs::current_path(golden_directory); }
};

TEST_P(Golden, TrainsLikeKeras) {
  const fs::path directory = golden_directory / "cases" / std::get<std::string>(GetParam());
  const auto config = config::load_config((directory / "config.yaml").string());
  const auto splits = data::load_splits(config.data);
  const Maker& maker = std::get<Maker>(GetParam());
  if (maker.where == Maker::Where::gpu) SKIP_WITHOUT_GPU();
  const model::NetworkOptions network{.model = config.model,
                                      .shape = {.time = splits.train.time,
                                                .features = splits.train.features,
                                                .outputs = splits.classes > 0 ? splits.classes : 1},
                                      .loss = config.train.loss,
                                      .metrics = config.train.metrics,
                                      .seed = config.train.seed,
                                      .synchronize_batch_norm = config.parallel.synchronize_batch_norm,
                                      .engine = maker.engine};
  const auto stepper = make_stepper(maker, config, network, splits);
  SilentObserver observer;
  const auto result = train::run_training(
      {config.train, config.data.shuffle, splits.train.samples, *stepper, world(), observer});

  const auto& layout = stepper->layout();
  std::vector<float> parameters(layout.trainable_size), moving_statistics(layout.moving_statistics_size);
  model::read_weights(directory / "expected.safetensors", layout, parameters, moving_statistics);
  const double allowed = maker.where == Maker::Where::gpu ? 1e-4 : tolerance(config.train.optimizer);
  expect_weights(layout.trainable, parameters, stepper->parameters(), allowed);
  expect_weights(layout.moving_statistics, moving_statistics, stepper->moving_statistics(), allowed);
  std::ifstream history(directory / "expected_history.json");
  expect_history(nlohmann::json::parse(history), result.history, allowed);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden,
                         testing::Combine(testing::ValuesIn(makers), testing::ValuesIn(case_names())),
                         [](const auto& tested) {
                           return std::string(std::get<Maker>(tested.param).name) + "_" +
                                  std::get<std::string>(tested.param);
                         });

TEST(GoldenCases, AreAllThere) {
  EXPECT_GE(case_names().size(), least_cases);
}

}  // namespace
}  // namespace cellsweep
