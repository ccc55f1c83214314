#include "job/execute.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>

#include "base/cores.h"
#include "base/file.h"
#include "base/stopwatch.h"
#include "base/version.h"
#include "comm/agreement.h"
#include "comm/ordered_communicator.h"
#include "data/sampler.h"
#include "job/checkpoints.h"
#include "job/resume.h"
#include "job/run_memory.h"
#include "metrics/history.h"
#include "model/weights_file.h"
#include "sweep/run_folder.h"
#include "train/checkpoint/checkpoint_folder.h"
#include "train/checkpoint/checkpoint_writer.h"

namespace cellsweep::job {
namespace {

metrics::RunInfo describe(const sweep::PlannedRun& planned, const config::Config& config,
                          const SweepContext& context, const data::Splits& splits,
                          const model::Layout& layout, const train::Checkpoint* resumed) {
  return {.sweep = context.name,
          .run_id = planned.run_id,
          .cell = std::string(to_name(config.model.cell)),
          .engine = std::string(to_name(context.compute.engine.engine)),
          .version = version,
          .parameters = {planned.parameters.begin(), planned.parameters.end()},
          .ranks = context.group.size(),
          .epochs = config.train.epochs,
          .steps_per_epoch = data::batch_count(splits.train.samples, config.train.batch_size),
          .steps_done = resumed == nullptr ? 0 : resumed->stepper.steps,
          .batch_size = config.train.batch_size,
          .trainable_parameters = layout.trainable_size,
          .classification = splits.classes > 0,
          .directory = context.directory / planned.run_id};
}

// A signal to any rank counts, and what rank 0 of the sweep wants.
train::StopWish wish_of(const SweepContext& context) {
  using enum sweep::Worker::Wish;
  const sweep::Worker::Wish wish = context.worker.wish();
  if (context.signals.received() != 0 || wish == interrupt) return train::StopWish::interrupt;
  return wish == prune ? train::StopWish::prune : train::StopWish::none;
}

// A job that was killed may have saved epochs of which its rank 0 never heard; early termination judges by
// them.
void tell_unknown(const std::vector<metrics::EpochReport>& history, const sweep::RunAssignment& assignment,
                  metrics::Observer& sweep) {
  for (const metrics::EpochReport& report : history)
    if (report.epoch > assignment.epochs_known) sweep.on_epoch_end(report);
}

// Throws UserError where the run would follow a link, or take the place of one that the ledger lost.
void check_place(const std::filesystem::path& directory, const sweep::RunAssignment& assignment) {
  sweep::check_run_folder(directory);
  if (assignment.attempt == 1 && !assignment.resumes && sweep::has_trained_run(directory))
    throw UserError(directory.string() +
                    ": has the weights of a run that the ledger does not know of, which would be lost; move "
                    "that folder elsewhere");
}

// What the group's first rank writes while a run trains.
struct RunFiles {
  std::unique_ptr<metrics::HistoryWriter> history;
  std::unique_ptr<train::CheckpointWriter> writer;  // null where none are wanted
};

// A run that begins anew takes away what its attempt before wrote; one that goes on keeps what its checkpoint
// knows of.
RunFiles open_files(const std::filesystem::path& directory, const config::Config& config,
                    const model::Layout& layout, const train::Checkpoint* resumed,
                    train::CheckpointFolder& checkpoints, const FolderLease& lease) {
  lease.check();
  if (resumed == nullptr) {
    sweep::begin_run_folder(directory);
    checkpoints.begin();
  } else {
    sweep::sweep_run_folder(directory);
    checkpoints.sweep();
  }
  write_file(directory / "config.yaml", config::to_yaml(config));
  std::span<const metrics::EpochReport> past;
  if (resumed != nullptr) past = resumed->progress.history;
  RunFiles files;
  files.history = std::make_unique<metrics::HistoryWriter>(directory / "history.jsonl", past);
  if (config.checkpoint.enabled)
    files.writer = std::make_unique<train::CheckpointWriter>(checkpoints, layout);
  return files;
}

}  // namespace

std::string status_of(const train::RunResult& result) {
  switch (result.stopped_by) {
    case train::StopWish::none:
      return "finished";
    case train::StopWish::prune:
      return "pruned";
    case train::StopWish::interrupt:
      return "interrupted";
  }
  return "";
}

config::Config load_together(const RunArguments& arguments, comm::Communicator& world) {
  std::string text;
  comm::run_collectively(world, [&] {
    if (world.rank() != 0) return;
    text = config::to_yaml(arguments.resume.empty()
                               ? config::load_config(arguments.sources(), arguments.assignments)
                               : load_resumed(arguments));
  });
  return config::parse_own(comm::broadcast_text(world, std::move(text), 0),
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

train::RunResult execute_run(const sweep::RunAssignment& assignment, const config::Config& config,
                             SweepContext& context) {
  const Stopwatch clock;
  std::unique_ptr<comm::Communicator> ordered;
  if (config.parallel.reproducible) ordered = comm::make_ordered_communicator(context.group);
  comm::Communicator& group = ordered ? *ordered : context.group;
  const int shards = comm::shards_per_rank(config.parallel, group.size());
  const auto directory = context.directory / assignment.run.run_id;
  train::CheckpointFolder checkpoints(directory / "checkpoint", config.checkpoint.keep, context.lease);

  const data::Splits& splits = context.cache.get(config.data, group);
  std::unique_ptr<train::Stepper> stepper;
  const RunMemory memory = memory_of_run(config, splits, group.size(), context.compute.engine.engine);
  comm::run_collectively(group, [&] { require_memory_of_run(memory, config, context.compute.host_ranks); });
  comm::run_collectively(group,
                         [&] { stepper = make_run_stepper(config, splits, shards, group, context.compute); });
  comm::run_collectively(group, [&] {
    if (group.rank() == 0) check_place(directory, assignment);
  });
  std::unique_ptr<train::Checkpoint> resumed;
  if (assignment.resumes)
    resumed = find_checkpoint(checkpoints, config, stepper->layout(), splits.train.samples, group);
  RunFiles files;
  metrics::ObserverList observers;
  comm::run_collectively(group, [&] {
    if (group.rank() != 0) return;
    files = open_files(directory, config, stepper->layout(), resumed.get(), checkpoints, context.lease);
    observers.add(*files.history);
    if (context.exporter != nullptr) observers.add(*context.exporter);
    observers.add(context.worker.observer(), metrics::ObserverList::Need::essential);
  });
  observers.on_run_begin(describe(assignment.run, config, context, splits, stepper->layout(), resumed.get()));
  if (resumed && group.rank() == 0)
    tell_unknown(resumed->progress.history, assignment, context.worker.observer());
  const auto end = [&](const train::RunResult& result, const std::string& status, const std::string& reason) {
    observers.on_run_end({.status = status,
                          .reason = reason,
                          .seconds = result.seconds,
                          .epochs = static_cast<std::int64_t>(result.history.size()),
                          .steps = result.steps});
  };
  std::optional<train::Checkpointing> checkpointing;
  if (config.checkpoint.enabled)
    checkpointing.emplace(
        train::Checkpointing{config.checkpoint, config::to_yaml(config), files.writer.get()});
  try {
    train::RunResult result = train::run_training({.options = config.train,
                                                   .shuffle = config.data.shuffle,
                                                   .training_samples = splits.train.samples,
                                                   .stepper = *stepper,
                                                   .group = group,
                                                   .observer = observers,
                                                   .stop_wish = [&] { return wish_of(context); },
                                                   .checkpointing = checkpointing,
                                                   .resumed = resumed.get()});
    comm::run_collectively(group, [&] {
      if (group.rank() != 0 || result.stopped_by != train::StopWish::none) return;
      context.lease.check();
      model::write_weights(directory / "weights.safetensors", stepper->layout(), stepper->parameters(),
                           stepper->moving_statistics());
      checkpoints.keep_last();
    });
    end(result, status_of(result), result.reason);
    return result;
  } catch (const std::bad_alloc&) {
    // On this rank alone: nothing can be agreed any more.
    throw UserError(out_of_memory(memory, config));
  } catch (const train::DivergedError& error) {
    end({.seconds = clock.seconds()}, "diverged", error.what());
    throw;
  } catch (const comm::CollectiveError& error) {
    end({.seconds = clock.seconds()}, "failed", error.what());
    throw;
  }
}

}  // namespace cellsweep::job
