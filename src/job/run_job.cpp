#include "job/run_job.h"

#include <memory>
#include <new>
#include <optional>

#include "base/file_names.h"
#include "base/folder_lease.h"
#include "base/signals.h"
#include "base/stopwatch.h"
#include "base/version.h"
#include "comm/agreement.h"
#include "comm/ordered_communicator.h"
#include "config/config.h"
#include "data/sampler.h"
#include "job/checkpoints.h"
#include "job/compute.h"
#include "job/run_files.h"
#include "job/run_memory.h"
#include "job/run_scope.h"
#include "job/shared_splits.h"
#include "model/metric.h"
#include "model/weights_file.h"
#include "sweep/message_loop.h"
#include "sweep/worker.h"

namespace cellsweep::job {
namespace {

std::vector<metrics::MetricInfo> metrics_of(const train::TrainOptions& options) {
  std::vector<metrics::MetricInfo> metrics;
  for (const model::Metric* metric : model::metrics_of(options.metrics, options.loss))
    metrics.push_back({std::string(metric->name), model::description(*metric)});
  return metrics;
}

class RunJob {
 public:
  RunJob(const sweep::RunAssignment& assignment, const config::Config& config, const SweepContext& context)
      : assignment_(assignment),
        config_(config),
        context_(context),
        ordered_(config.parallel.reproducible ? comm::make_ordered_communicator(context.group) : nullptr),
        group_(ordered_ ? *ordered_ : context.group),
        directory_(context.directory / assignment.run.run_id),
        checkpoints_(directory_ / file_names::checkpoints, config.checkpoint.keep, context.lease),
        splits_(context.cache.get(config.data, group_)),
        memory_(memory_of_run(config, splits_, group_.size(), context.compute.engine)) {}

  train::RunResult run() {
    make_stepper();
    find_checkpoint();
    open_files();
    RunScope scope(observers_, describe(), clock_, [this] { poll(); });
    report_unknown_epochs();
    return scope.run([&] {
      train::RunResult result = train();
      if (result.stopped_by == StopRequest::none) save_weights();
      return result;
    });
  }

 private:
  void make_stepper() {
    comm::run_collectively(group_,
                           [&] { require_memory_of_run(memory_, config_, context_.compute.host_ranks); });
    const int shards = comm::shards_per_rank(config_.parallel, group_.size());
    comm::run_collectively(
        group_, [&] { stepper_ = make_run_stepper(config_, splits_, shards, group_, context_.compute); });
  }

  void find_checkpoint() {
    comm::on_rank_0(group_, [&] { check_run_directory(directory_, assignment_); });
    if (assignment_.resumes)
      resumed_ = job::find_checkpoint(checkpoints_, config_, stepper_->layout(), splits_, group_);
  }

  // Rank 0 alone writes files and has observers.
  void open_files() {
    comm::on_rank_0(group_, [&] {
      files_ = open_run_files(directory_, config_, stepper_->layout(), resumed_.get(), checkpoints_,
                              context_.lease);
      observers_.add(*files_.history);
      if (context_.exporter != nullptr) observers_.add(*context_.exporter);
      observers_.add(context_.worker.observer(), metrics::ObserverList::Need::essential);
    });
  }

  metrics::RunInfo describe() const {
    return {.sweep = context_.name,
            .run_id = assignment_.run.run_id,
            .cell = std::string(to_name(config_.model.cell)),
            .engine = std::string(to_name(context_.compute.engine)),
            .version = version,
            .parameters = {assignment_.run.parameters.begin(), assignment_.run.parameters.end()},
            .ranks = context_.group.size(),
            .epochs = config_.train.epochs,
            .steps_per_epoch = data::batch_count(splits_.train.samples, config_.train.batch_size),
            .steps_done = resumed_ ? resumed_->stepper.steps : 0,
            .batch_size = config_.train.batch_size,
            .trainable_parameters = stepper_->layout().trainable_size,
            .metrics = metrics_of(config_.train),
            .directory = directory_};
  }

  // A job that was killed may have saved epochs that were never reported to its rank 0. Early termination
  // judges by them.
  void report_unknown_epochs() {
    if (!resumed_ || group_.rank() != 0) return;
    for (const metrics::EpochReport& report : resumed_->progress.history)
      if (report.epoch > assignment_.epochs_known) context_.worker.observer().on_epoch_end(report);
  }

  train::RunResult train() try {
    std::optional<train::Checkpointing> checkpointing;
    if (config_.checkpoint.enabled)
      checkpointing.emplace(
          train::Checkpointing{config_.checkpoint, config::to_yaml(config_), files_.writer.get()});
    return train::run_training({.options = config_.train,
                                .shuffle = config_.data.shuffle,
                                .training_samples = splits_.train.samples,
                                .stepper = *stepper_,
                                .group = group_,
                                .observer = observers_,
                                .poll = [this] { poll(); },
                                .stop_request = [this] { return stop_request(); },
                                .checkpointing = checkpointing,
                                .resumed = resumed_.get()});
  } catch (const std::bad_alloc&) {
    // On this rank alone: nothing can be agreed any more.
    throw UserError(out_of_memory(memory_, config_));
  }

  // The group's first rank exchanges messages with rank 0 of the sweep, or is that rank.
  void poll() {
    if (group_.rank() == 0) context_.messages.poll();
  }

  // A signal to any rank counts, and what rank 0 of the sweep requests.
  StopRequest stop_request() const {
    return context_.signals.received() != 0 ? StopRequest::interrupt : context_.worker.stop_request();
  }

  void save_weights() {
    comm::on_rank_0(group_, [&] {
      context_.lease.check();
      model::write_weights(directory_ / file_names::weights, stepper_->layout(), stepper_->parameters(),
                           stepper_->moving_statistics());
      checkpoints_.keep_last();
    });
  }

  const Stopwatch clock_;
  const sweep::RunAssignment& assignment_;
  const config::Config& config_;
  const SweepContext& context_;
  const std::unique_ptr<comm::Communicator> ordered_;  // null unless the run is reproducible
  comm::Communicator& group_;
  const std::filesystem::path directory_;
  train::CheckpointFolder checkpoints_;
  const data::Splits& splits_;
  const RunMemory memory_;
  std::unique_ptr<train::Stepper> stepper_;
  std::unique_ptr<train::Checkpoint> resumed_;  // null: the run begins
  RunFiles files_;
  metrics::ObserverList observers_;
};

}  // namespace

train::RunResult run_job(const sweep::RunAssignment& assignment, const config::Config& config,
                         const SweepContext& context) {
  return RunJob(assignment, config, context).run();
}

}  // namespace cellsweep::job
