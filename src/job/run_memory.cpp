#include "job/run_memory.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "base/cores.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/with_commas.h"
#include "comm/parallel_options.h"
#include "data/sampler.h"
#include "engines/network_memory.h"
#include "job/compute.h"
#include "train/optimizer.h"

namespace cellsweep::job {
namespace {

constexpr double value = sizeof(float);

// Measured, of a process each: the program with what it is linked with, and what LibTorch adds to it.
constexpr double program_memory = 20e6, torch_memory = 112e6;

// The keys that the largest part follows.
std::string keys_of(const RunMemory& memory, const config::Config& config) {
  const std::string model = fmt::format("model.hidden_size (it is {}), model.layers ({})",
                                        config.model.hidden_size, config.model.layers);
  const double own = std::max(memory.weights + memory.checkpoint, memory.workspaces);
  if (memory.data > own)
    return config.data.format == data::Format::synthetic ? "data.synthetic's sizes"
                                                         : "the size of the data's files";
  if (memory.workspaces > memory.weights + memory.checkpoint)
    return fmt::format("train.batch_size ({}), {} or the length of the sequences", config.train.batch_size,
                       model);
  return model + " or the number of classes";
}

}  // namespace

RunMemory memory_of_run(const config::Config& config, const data::Splits& splits, int ranks,
                        model::Engine engine) {
  const int shards = comm::shards_per_rank(config.parallel, ranks);
  const model::NetworkOptions options{.model = config.model,
                                      .shape = shape_of(splits),
                                      .shards = shards,
                                      .threads = std::min(config.parallel.threads, available_cores()),
                                      .engine = engine};
  const auto slice = [&](std::int64_t samples) { return (samples + ranks - 1) / ranks; };
  const std::int64_t training = slice(std::min(config.train.batch_size, splits.train.samples));
  const std::int64_t validation = std::min(config.train.batch_size, slice(splits.validation.samples));
  const model::Layout layout = model::make_layout(config.model, options.shape);
  const auto parameters = static_cast<double>(layout.trainable_size),
             moving_statistics = static_cast<double>(layout.moving_statistics_size);
  const int moments = (train::has_first_moment(config.train.optimizer) ? 1 : 0) +
                      (train::has_second_moment(config.train.optimizer) ? 1 : 0);
  const auto& stopping = config.train.early_stopping;
  const double best = stopping.patience && stopping.restore_best_weights ? parameters + moving_statistics : 0;

  RunMemory memory{.parameters = layout.trainable_size, .program = program_memory};
  if (engine != model::Engine::fused) memory.program += torch_memory;
  memory.data = data::memory_of(splits.train) + data::memory_of(splits.validation);
  memory.shares_data = config.data.shared;
  const bool is_on_host = engine != model::Engine::cudnn;
  if (is_on_host) {
    const engines::NetworkMemory network = engines::network_memory(options, training, validation);
    memory.weights = network.weights + value * moments * parameters;
    if (config.train.gradient_accumulation_steps > 1) memory.weights += value * shards * parameters;
    // All ranks' sums, a rank after the other.
    if (config.parallel.reproducible && ranks > 1) memory.weights += value * ranks * parameters;
    const double batch = data::memory_of(splits.train) / static_cast<double>(splits.train.samples);
    memory.workspaces = network.workspaces + batch * static_cast<double>(training + validation);
  } else {
    memory.weights = value * (parameters + moving_statistics);
  }
  memory.weights += value * best;
  // The order of an epoch.
  memory.workspaces += sizeof(std::int64_t) * static_cast<double>(splits.train.samples);
  if (config.checkpoint.enabled)
    memory.checkpoint = 2 * value * ((1 + moments) * parameters + moving_statistics + best);
  return memory;
}

std::string needs_text(const RunMemory& memory, const config::Config& config) {
  return fmt::format("weights and copies of them {}, what grows with the batch {}, data {}; lower {}",
                     memory_text(memory.weights + memory.checkpoint), memory_text(memory.workspaces),
                     memory_text(memory.data), keys_of(memory, config));
}

std::string out_of_memory(const RunMemory& memory, const config::Config& config) {
  return fmt::format("memory ran out; {} are free, and a model of {} parameters needs {}: {}",
                     memory_text(std::min(available_memory(), process_memory_limit().bytes)),
                     with_commas(memory.parameters), memory_text(memory.of_process()),
                     needs_text(memory, config));
}

std::string sizes_text(const RunMemory& memory) {
  return fmt::format("{} parameters, {}", with_commas(memory.parameters),
                     memory_text(memory.of_process() + memory.program));
}

void require_memory_of_run(const RunMemory& memory, const config::Config& config, int ranks_of_host,
                           const MemoryLimits& limits) {
  const auto& [host, process] = limits;
  if (memory.of_process() > process.bytes)
    throw UserError(fmt::format("a model of {} parameters needs {} of memory in each process, but {}: {}",
                                with_commas(memory.parameters), memory_text(memory.of_process()),
                                process.reason, needs_text(memory, config)));
  const double all = memory.of_host(ranks_of_host);
  if (all > host.bytes)
    throw UserError(fmt::format(
        "a model of {} parameters needs {} of memory{}, but {}: {}", with_commas(memory.parameters),
        memory_text(all), ranks_of_host > 1 ? fmt::format(" for {} ranks on this host", ranks_of_host) : "",
        host.reason, needs_text(memory, config)));
}

}  // namespace cellsweep::job
