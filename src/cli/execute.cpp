#include "cli/execute.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "base/cores.h"
#include "base/file.h"
#include "base/stopwatch.h"
#include "cli/resume.h"
#include "comm/agreement.h"
#include "comm/ordered_communicator.h"
#include "data/sampler.h"
#include "metrics/history.h"
#include "model/weights_file.h"

namespace cellsweep::cli {
namespace {

metrics::RunInfo describe(const sweep::PlannedRun& planned, const config::Config& config,
                          const SweepContext& context, const data::Problem& problem,
                          const model::Layout& layout) {
  return {.sweep = context.name,
          .run_id = planned.run_id,
          .cell = std::string(to_name(config.model.cell)),
          .engine = std::string(to_name(context.compute.engine.engine)),
          .version = CELLSWEEP_VERSION,
          .parameters = {planned.parameters.begin(), planned.parameters.end()},
          .ranks = context.group.size(),
          .epochs = config.train.epochs,
          .steps_per_epoch = data::batch_count(problem.train.samples, config.train.batch_size),
          .batch_size = config.train.batch_size,
          .trainable_parameters = layout.trainable_size,
          .classification = problem.classes > 0,
          .directory = context.directory / planned.run_id};
}

// A run that begins anew keeps nothing of its attempt before.
void remake_folder(const std::filesystem::path& directory) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
}

}  // namespace

config::Config load_together(const RunArguments& arguments, comm::Communicator& world) {
  std::string text;
  comm::together(world, [&] {
    if (world.rank() != 0) return;
    text =
        config::to_yaml(arguments.resume.empty()
                            ? config::load_config(arguments.file, arguments.assignments, arguments.sweep_file)
                            : load_resumed(arguments));
  });
  return config::parse_config(comm::broadcast_text(world, std::move(text), 0),
                              arguments.file.empty() ? arguments.resume : arguments.file);
}

void prepare_process(const comm::ParallelOptions& options, comm::MpiSession& session) {
  session.set_timeout(options.timeout_seconds);
  if (options.debug) session.check_collectives();
  if (options.threads > available_cores())
    spdlog::warn(
        "parallel.threads is {}, but the launcher gave this rank {} core(s): that many threads are used",
        options.threads, available_cores());
}

train::RunResult execute_run(const sweep::PlannedRun& planned, const config::Config& config,
                             SweepContext& context) {
  const Stopwatch clock;
  std::unique_ptr<comm::Communicator> ordered;
  if (config.parallel.reproducible) ordered = comm::make_ordered_communicator(context.group);
  comm::Communicator& group = ordered ? *ordered : context.group;
  const int shards = comm::shards_per_rank(config.parallel, group.size());
  const bool writes = group.rank() == 0;
  const auto directory = context.directory / planned.run_id;

  const data::Problem* problem = nullptr;
  std::unique_ptr<train::Stepper> stepper;
  std::unique_ptr<metrics::HistoryWriter> history;
  metrics::ObserverList observers;
  problem = &context.cache.get(config.data, group);
  comm::together(group, [&] {
    stepper = make_run_stepper(config, *problem, shards, group, context.compute);
    if (!writes) return;
    remake_folder(directory);
    write_file(directory / "config.yaml", config::to_yaml(config));
    history = std::make_unique<metrics::HistoryWriter>(directory / "history.jsonl");
    observers.add(*history);
    if (context.exporter != nullptr) observers.add(*context.exporter);
    observers.add(context.member.observer(), metrics::ObserverList::Need::essential);
  });

  observers.on_run_begin(describe(planned, config, context, *problem, stepper->layout()));
  const auto end = [&](const train::RunResult& result, const std::string& status, const std::string& reason) {
    observers.on_run_end({.status = status,
                          .reason = reason,
                          .seconds = clock.seconds(),
                          .epochs = static_cast<std::int64_t>(result.history.size()),
                          .steps = result.steps});
  };
  try {
    train::RunResult result =
        train::train({config.train, config.data.shuffle, problem->train.samples, *stepper, group, observers,
                      [&] { return context.member.should_stop(); }});
    comm::together(group, [&] {
      if (!writes || result.was_stopped) return;
      const Stopwatch writing;
      const auto weights = directory / "weights.safetensors";
      model::write_weights(weights, stepper->layout(), stepper->parameters(), stepper->moving());
      observers.on_checkpoint({.bytes = static_cast<std::int64_t>(std::filesystem::file_size(weights)),
                               .seconds = writing.seconds()});
    });
    end(result, result.was_stopped ? "pruned" : "finished", result.reason);
    return result;
  } catch (const train::DivergedError& error) {
    end({}, "diverged", error.what());
    throw;
  } catch (const comm::AgreedError& error) {
    end({}, "failed", error.what());
    throw;
  }
}

}  // namespace cellsweep::cli
