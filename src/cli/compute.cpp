#include "cli/compute.h"

#include <algorithm>
#include <new>
#include <string>

#include "base/cores.h"
#include "cli/run_memory.h"
#include "comm/agreement.h"
#include "comm/device.h"
#include "device/stepper.h"

namespace cellsweep::cli {
namespace {

void check_precision(const config::Config& config) {
  if (config.train.precision != train::Precision::f32)
    throw UserError("train.precision: " + std::string(to_name(config.train.precision)) +
                    " is for GPUs, and there is none for each rank; use f32");
  if (config.parallel.gradients != comm::GradientType::float32)
    throw UserError("parallel.gradients: " + std::string(to_name(config.parallel.gradients)) +
                    " is for GPUs, and there is none for each rank; use float32");
}

model::NetworkOptions network_options(const config::Config& config, const data::Problem& problem,
                                      std::int64_t shards, model::Engine engine) {
  return {.model = config.model,
          .shape = problem_shape(problem),
          .loss = config.train.loss,
          .seed = config.train.seed,
          .synchronize_batch_norm = config.parallel.synchronize_batch_norm,
          .shards = shards,
          .threads = std::min(config.parallel.threads, available_cores()),
          .engine = engine};
}

// Of what a GPU does, the host can do all but cuDNN's part.
model::Engine engine_on_host(model::Engine engine) {
  return engine == model::Engine::cudnn ? model::Engine::automatic : engine;
}

}  // namespace

void check_fit(const config::Config& config, const data::Problem& problem) {
  const bool is_regression = problem.classes == 0;
  const bool is_mse = config.train.loss == model::Loss::mse;
  if (is_regression == is_mse) return;
  throw UserError(
      "train.loss is " + std::string(to_name(config.train.loss)) +
      (is_regression
           ? ", but the data is a regression: set train.loss to mse; for a classification, labels are "
             "whole numbers, the best saved as integers"
           : ", but the data is a classification: set train.loss to sparse_categorical_crossentropy; for a "
             "regression, save the targets as floats"));
}

model::ProblemShape problem_shape(const data::Problem& problem) {
  return {problem.train.time, problem.train.features, std::max<std::int64_t>(1, problem.classes)};
}

Compute choose_compute(const config::Config& config, comm::MpiSession& session) {
  comm::ParallelOptions options = config.parallel;
  const bool needs_host = options.reproducible || config.engine == model::Engine::fused;
  if (needs_host && options.device == comm::Device::automatic) options.device = comm::Device::cpu;
  Compute compute{{}, {}, session.watchdog(), session.world().split_by_host()->size()};
  // Whether there is CUDA is a matter of the build, so this fails on all ranks or on none.
  comm::together(session.world(), [&] { compute.device = comm::choose_device(session.world(), options); });
  comm::together(session.world(), [&] {
    compute.engine = model::choose_engine(config.engine, options.reproducible, compute.device.has_value());
  });
  return compute;
}

std::unique_ptr<model::Network> make_run_network(const config::Config& config, const data::Problem& problem,
                                                 std::int64_t shards, comm::Communicator& group) {
  check_fit(config, problem);
  return model::make_network(network_options(config, problem, shards, engine_on_host(config.engine)), group);
}

namespace {

std::unique_ptr<train::Stepper> make_stepper(const config::Config& config, const data::Problem& problem,
                                             std::int64_t shards, comm::Communicator& group,
                                             const Compute& compute) {
  if (compute.device) {
    const model::NetworkOptions network = network_options(config, problem, shards, compute.engine.engine);
    return device::make_cuda_stepper(
        {config.train, network, config.parallel, problem, group, compute.watchdog}, *compute.device);
  }
  check_precision(config);
  return train::make_host_stepper(
      {config.train, shards, problem, make_run_network(config, problem, shards, group), group});
}

}  // namespace

std::unique_ptr<train::Stepper> make_run_stepper(const config::Config& config, const data::Problem& problem,
                                                 std::int64_t shards, comm::Communicator& group,
                                                 const Compute& compute) {
  check_fit(config, problem);
  try {
    return make_stepper(config, problem, shards, group, compute);
  } catch (const std::bad_alloc&) {
    throw UserError(
        out_of_memory(memory_of_run(config, problem, group.size(), compute.engine.engine), config));
  }
}

}  // namespace cellsweep::cli
