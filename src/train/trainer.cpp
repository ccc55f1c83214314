#include "train/trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>

#include "base/stopwatch.h"
#include "comm/agreement.h"
#include "data/sampler.h"
#include "train/early_stopping.h"
#include "train/rank_times.h"
#include "train/replicas.h"

namespace cellsweep::train {
namespace {

// Metric sums are fetched from the stepper no more often than a person can read them.
constexpr double seconds_between_metrics = 0.05;

// Ranks agree on whether to stop so seldom that it costs nothing.
constexpr std::int64_t steps_between_questions = 32;

class Trainer {
 public:
  explicit Trainer(const Setup& setup)
      : options_(setup.options),
        shuffle_(setup.shuffle),
        samples_(setup.training_samples),
        stepper_(setup.stepper),
        group_(setup.group),
        observer_(setup.observer),
        should_stop_(setup.should_stop),
        steps_per_epoch_(data::batch_count(samples_, options_.batch_size)),
        total_steps_(total_steps(options_, samples_)),
        early_stopping_(options_.early_stopping),
        rank_times_(group_) {}

  RunResult run() {
    RunResult result;
    for (std::int64_t epoch = 0; epoch < options_.epochs && result.reason.empty() && !stopped_; ++epoch) {
      const auto report = run_epoch(epoch);
      if (!report) break;
      result.history.push_back(*report);
      result.reason = reason_to_end(*report);
      stopped_ = ranks_agree_to_stop();
    }
    result.was_stopped = stopped_;
    if (early_stopping_.has_best())
      stepper_.set_weights(early_stopping_.best_parameters(), early_stopping_.best_moving());
    result.steps = step_;
    return result;
  }

 private:
  // Nothing where the run was stopped on the way.
  std::optional<metrics::EpochReport> run_epoch(std::int64_t epoch) {
    const Stopwatch clock;
    const auto order = data::epoch_order(samples_, shuffle_, options_.seed, epoch);
    stepper_.begin_epoch(order);
    seen_ = {};
    const std::int64_t end = std::min(steps_per_epoch_, total_steps_ - step_);
    for (std::int64_t batch = 0; batch < end;) {
      const std::int64_t count = stepper_.train(batch, end);
      for (const std::int64_t last = batch + count; batch < last; ++batch) report_step(epoch, batch);
      if (group_.size() > 1 && !is_time_to_ask(count)) continue;
      stopped_ = ranks_agree_to_stop();
      if (stopped_) return std::nullopt;
    }
    const Evaluation seen = stepper_.end_epoch();
    const double training_seconds = clock.seconds();
    const Evaluation validation = stepper_.evaluate([&] { observer_.on_evaluation_batch(); });
    metrics::EpochReport report{.epoch = epoch + 1,
                                .step = step_,
                                .loss = seen.loss,
                                .val_loss = validation.loss,
                                .learning_rate = stepper_.learning_rate(),
                                .seconds = clock.seconds(),
                                .evaluation_seconds = clock.seconds() - training_seconds,
                                .samples_per_second = static_cast<double>(seen.samples) / training_seconds};
    if (options_.loss == model::Loss::sparse_categorical_crossentropy) {
      report.accuracy = seen.accuracy;
      report.val_accuracy = validation.accuracy;
    }
    check(report);
    observer_.on_ranks(rank_times_.gather());
    observer_.on_epoch_end(report);
    return report;
  }

  // Tells of batch `batch` of an epoch, which was just trained on.
  void report_step(std::int64_t epoch, std::int64_t batch) {
    ++step_;
    if (since_metrics_.seconds() >= seconds_between_metrics) {
      seen_ = stepper_.metrics();
      since_metrics_.restart();
    }
    const double seen = static_cast<double>(std::max<std::int64_t>(1, seen_.samples));
    const StepFacts facts = stepper_.facts();
    rank_times_.add(facts);
    observer_.on_step({.epoch = epoch + 1,
                       .step = batch + 1,
                       .global_step = step_,
                       .samples = data::batch_range(samples_, options_.batch_size, batch).size(),
                       .seconds = facts.seconds,
                       .gather_seconds = facts.gather,
                       .forward_seconds = facts.forward,
                       .backward_seconds = facts.backward,
                       .all_reduce_seconds = facts.all_reduce,
                       .update_seconds = facts.update,
                       .learning_rate = stepper_.learning_rate(),
                       .loss = seen_.loss / seen,
                       .accuracy = static_cast<double>(seen_.correct) / seen,
                       .all_reduce_bytes = facts.all_reduce_bytes,
                       .gradient_norm = facts.gradient_norm});
  }

  // After the last `count` steps, whose number is the same on every rank.
  bool is_time_to_ask(std::int64_t count) const {
    return step_ / steps_between_questions != (step_ - count) / steps_between_questions;
  }

  // One question serves two: whether to stop, and whether it is time to gather the ranks' times.
  bool ranks_agree_to_stop() {
    std::array<std::int64_t, 2> wishes{should_stop_() ? 1 : 0, rank_times_.is_due() ? 1 : 0};
    group_.all_reduce(std::span<std::int64_t>(wishes), comm::Reduction::max);
    if (wishes[1] != 0) observer_.on_ranks(rank_times_.gather());
    return wishes[0] != 0;
  }

  // What is checked is the same on every rank, so all throw or none does.
  void check(const metrics::EpochReport& report) {
    if (!std::isfinite(report.loss))
      throw DivergedError("the loss is not finite (" + std::to_string(report.loss) + ") in epoch " +
                          std::to_string(report.epoch) + ": a smaller learning rate or clipping may help");
    if (replicas_equal(stepper_.parameters(), stepper_.moving(), group_)) return;
    observer_.on_replicas_differ();
    throw comm::AgreedError(
        "the ranks no longer hold equal weights after epoch " + std::to_string(report.epoch),
        ExitCode::failure);
  }

  std::string reason_to_end(const metrics::EpochReport& report) {
    if (early_stopping_.should_stop(report, stepper_.parameters(), stepper_.moving()))
      return "early stopping: " + std::string(to_name(options_.early_stopping.monitor)) +
             " no longer improves";
    if (options_.max_steps && step_ >= *options_.max_steps) return "max_steps reached";
    return "";
  }

  const TrainOptions& options_;
  const bool shuffle_;
  const std::int64_t samples_;
  Stepper& stepper_;
  comm::Communicator& group_;
  metrics::Observer& observer_;
  const std::function<bool()>& should_stop_;
  const std::int64_t steps_per_epoch_;
  const std::int64_t total_steps_;
  EarlyStopping early_stopping_;
  RankTimes rank_times_;
  std::int64_t step_ = 0;   // batches done in this run
  model::MetricSums seen_;  // of this rank in this epoch, when last fetched
  Stopwatch since_metrics_;
  bool stopped_ = false;
};

}  // namespace

RunResult train(const Setup& setup) {
  return Trainer(setup).run();
}

}  // namespace cellsweep::train
