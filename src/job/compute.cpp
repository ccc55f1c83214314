#include "job/compute.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>
#include <string>

#include "base/cores.h"
#include "comm/agreement.h"
#include "comm/gpu/device.h"
#include "engines/make_network.h"
#include "engines/torch_library.h"
#include "job/run_memory.h"
#include "model/metric.h"

namespace cellsweep::job {
namespace {

model::NetworkOptions network_options(const config::Config& config, const data::Splits& splits,
                                      std::int64_t shards, model::Engine engine) {
  return {.model = config.model,
          .shape = shape_of(splits),
          .loss = config.train.loss,
          .metrics = config.train.metrics,
          .seed = config.train.seed,
          .synchronize_batch_norm = config.parallel.synchronize_batch_norm,
          .shards = shards,
          .threads = std::min(config.parallel.threads, available_cores()),
          .engine = engine};
}

// The host has every engine but cuDNN.
model::Engine engine_on_host(model::Engine engine) {
  return engine == model::Engine::cudnn ? model::Engine::automatic : engine;
}

void check_classes_suffice(const train::TrainOptions& options, std::int64_t classes) {
  for (const model::Metric* metric : model::metrics_of(options.metrics, options.loss))
    if (classes < metric->least_classes)
      throw UserError("train.metrics has " + std::string(metric->name) +
                      ", which says nothing with fewer than " + std::to_string(metric->least_classes) +
                      " classes, and the data has " + std::to_string(classes));
}

}  // namespace

void check_precision(const config::Config& config) {
  if (config.train.precision != train::Precision::f32)
    throw UserError("train.precision: " + std::string(to_name(config.train.precision)) +
                    " is for GPUs, and there is none for each rank; use f32");
  if (config.parallel.gradients != comm::GradientType::float32)
    throw UserError("parallel.gradients: " + std::string(to_name(config.parallel.gradients)) +
                    " is for GPUs, and there is none for each rank; use float32");
}

void check_data_fits(const config::Config& config, const data::Splits& splits) {
  const bool is_regression = splits.classes == 0;
  const bool is_mse = config.train.loss == model::Loss::mse;
  if (is_regression == is_mse) return check_classes_suffice(config.train, splits.classes);
  throw UserError(
      "train.loss is " + std::string(to_name(config.train.loss)) +
      (is_regression
           ? ", but the data is a regression: set train.loss to mse; for a classification, labels are "
             "whole numbers, the best saved as integers"
           : ", but the data is a classification: set train.loss to sparse_categorical_crossentropy; for a "
             "regression, save the targets as floats"));
}

model::DataShape shape_of(const data::Splits& splits) {
  return {splits.train.time, splits.train.features, std::max<std::int64_t>(1, splits.classes)};
}

void prepare_process(const comm::ParallelOptions& options, comm::MpiSession& session) {
  session.set_timeout(options.timeout_seconds);
  if (options.debug) session.check_collectives();
  if (options.threads > available_cores())
    spdlog::warn(
        "parallel.threads is {}, but the launcher gave this rank {} core(s): that many threads are used",
        options.threads, available_cores());
}

Compute choose_compute(const config::Config& config, comm::MpiSession& session) {
  comm::ParallelOptions options = config.parallel;
  const bool needs_host = options.reproducible || config.engine == model::Engine::fused;
  if (needs_host && options.device == comm::Device::automatic) options.device = comm::Device::cpu;
  Compute compute{
      .device = {}, .watchdog = session.watchdog(), .host_ranks = session.world().split_by_host()->size()};
  // Whether there is CUDA is a matter of the build, so this fails on all ranks or on none.
  comm::run_collectively(session.world(),
                         [&] { compute.device = comm::choose_device(session.world(), options); });
  comm::run_collectively(session.world(), [&] {
    const auto choice =
        engines::choose_engine(config.engine, options.reproducible, compute.device.has_value());
    compute.engine = choice.engine;
    compute.engine_reason = choice.reason;
    engines::require_engine(compute.engine);
  });
  return compute;
}

namespace {

// As make_run_network(), for a config that fits the data.
std::unique_ptr<model::Network> make_host_network(const config::Config& config, const data::Splits& splits,
                                                  std::int64_t shards, comm::Communicator& group) {
  return engines::make_network(network_options(config, splits, shards, engine_on_host(config.engine)), group);
}

std::unique_ptr<train::Stepper> make_stepper(const config::Config& config, const data::Splits& splits,
                                             std::int64_t shards, comm::Communicator& group,
                                             const Compute& compute) {
  if (compute.device) {
    const model::NetworkOptions network = network_options(config, splits, shards, compute.engine);
    return engines::load_torch_library().make_cuda_stepper(
        {config.train, network, config.parallel, splits, group, compute.watchdog}, *compute.device);
  }
  check_precision(config);
  return train::make_cpu_stepper(
      {config.train, shards, splits, make_host_network(config, splits, shards, group), group});
}

}  // namespace

std::unique_ptr<model::Network> make_run_network(const config::Config& config, const data::Splits& splits,
                                                 std::int64_t shards, comm::Communicator& group) {
  check_data_fits(config, splits);
  return make_host_network(config, splits, shards, group);
}

std::unique_ptr<train::Stepper> make_run_stepper(const config::Config& config, const data::Splits& splits,
                                                 std::int64_t shards, comm::Communicator& group,
                                                 const Compute& compute) {
  check_data_fits(config, splits);
  try {
    return make_stepper(config, splits, shards, group, compute);
  } catch (const std::bad_alloc&) {
    throw UserError(out_of_memory(memory_of_run(config, splits, group.size(), compute.engine), config));
  }
}

}  // namespace cellsweep::job
