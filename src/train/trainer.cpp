#include "train/trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "base/stopwatch.h"
#include "comm/agreement.h"
#include "comm/gradient_reducer.h"
#include "data/sampler.h"
#include "train/batch_loader.h"
#include "train/early_stopping.h"
#include "train/evaluation.h"
#include "train/gradient_norm.h"
#include "train/optimizer.h"
#include "train/rank_times.h"
#include "train/replicas.h"
#include "train/schedule.h"

namespace cellsweep::train {
namespace {

// Metric sums are fetched from the network no more often than a person can read them.
constexpr double seconds_between_metrics = 0.05;

// The norm costs a pass over the gradients, which large models feel.
constexpr double seconds_between_norms = 0.5;

// Ranks agree on whether to stop so seldom that it costs nothing.
constexpr std::int64_t steps_between_questions = 32;

class Trainer {
 public:
  explicit Trainer(const Setup& setup)
      : options_(setup.options),
        shuffle_(setup.shuffle),
        problem_(setup.problem),
        network_(setup.network),
        group_(setup.group),
        observer_(setup.observer),
        should_stop_(setup.should_stop),
        steps_per_epoch_(data::batch_count(problem_.train.samples, options_.batch_size)),
        total_steps_(std::min(options_.epochs * steps_per_epoch_,
                              options_.max_steps.value_or(options_.epochs * steps_per_epoch_))),
        loader_(problem_.train, options_.batch_size / group_.size() + setup.shards),
        reducer_(group_),
        optimizer_(options_.optimizer, network_.layout().trainable_size),
        accumulated_(options_.gradient_accumulation_steps > 1 ? network_.gradients().size() : 0),
        early_stopping_(options_.early_stopping),
        rank_times_(group_, setup.statistics_seconds),
        shard_ends_(static_cast<std::size_t>(setup.shards)) {}

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
    early_stopping_.restore_best(network_.parameters(), network_.moving());
    result.steps = step_;
    return result;
  }

 private:
  // Nothing where the run was stopped on the way.
  std::optional<metrics::EpochReport> run_epoch(std::int64_t epoch) {
    const Stopwatch clock;
    const auto order = data::epoch_order(problem_.train.samples, shuffle_, options_.seed, epoch);
    seen_ = {};
    for (std::int64_t batch = 0; batch < steps_per_epoch_ && step_ < total_steps_; ++batch) {
      run_step(epoch, batch, order);
      if (group_.size() > 1 && step_ % steps_between_questions != 0) continue;
      stopped_ = ranks_agree_to_stop();
      if (stopped_) return std::nullopt;
    }
    const Evaluation seen = reduce_metrics(network_.take_metrics(), group_);
    const double training_seconds = clock.seconds();

    const Evaluation validation = evaluate(network_, problem_.validation, options_.batch_size,
                                           std::ssize(shard_ends_), group_, observer_);
    metrics::EpochReport report{.epoch = epoch + 1,
                                .step = step_,
                                .loss = seen.loss,
                                .val_loss = validation.loss,
                                .learning_rate = learning_rate_,
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

  void run_step(std::int64_t epoch, std::int64_t index, std::span<const std::int64_t> order) {
    const Stopwatch clock;
    const double forward_before = network_.forward_seconds();
    const double reduced_before = reducer_.seconds();
    const std::int64_t bytes_before = reducer_.bytes();
    const data::Range whole = data::batch_range(problem_.train.samples, options_.batch_size, index);
    const data::Range mine = data::share_in_shards(whole, group_.rank(), group_.size(), shard_ends_);
    const model::Batch batch = loader_.load(order, whole, mine, shard_ends_);

    const double gathered = clock.seconds();
    std::ranges::fill(network_.gradients(), 0.0f);
    network_.forward_backward(batch, step_);
    const double computed = clock.seconds();
    ++step_;
    update(batch.global_samples);
    const double seconds = clock.seconds();
    const double forward = network_.forward_seconds() - forward_before;
    const double reduced = reducer_.seconds() - reduced_before;

    if (since_metrics_.seconds() >= seconds_between_metrics) {
      seen_ = network_.metrics();
      since_metrics_.restart();
    }
    const double seen = static_cast<double>(std::max<std::int64_t>(1, seen_.samples));
    const metrics::StepReport report{.epoch = epoch + 1,
                                     .step = index + 1,
                                     .global_step = step_,
                                     .samples = whole.size(),
                                     .seconds = seconds,
                                     .gather_seconds = gathered,
                                     .forward_seconds = forward,
                                     .backward_seconds = computed - gathered - forward,
                                     .all_reduce_seconds = reduced,
                                     .update_seconds = seconds - computed - reduced,
                                     .learning_rate = learning_rate_,
                                     .loss = seen_.loss / seen,
                                     .accuracy = static_cast<double>(seen_.correct) / seen,
                                     .all_reduce_bytes = reducer_.bytes() - bytes_before,
                                     .gradient_norm = std::exchange(gradient_norm_, std::nullopt)};
    rank_times_.add(report);
    observer_.on_step(report);
  }

  // Turns the gradients of this batch into new weights; with accumulation, those of the last few batches, as
  // their mean.
  void update(std::int64_t global_samples) {
    std::span<float> gradients = network_.gradients();
    const std::int64_t every = options_.gradient_accumulation_steps;
    if (every > 1) {
      const float weight = 1.0f / static_cast<float>(global_samples * every);
      for (std::size_t i = 0; i < gradients.size(); ++i) accumulated_[i] += weight * gradients[i];
      if (step_ % every != 0) return;
      gradients = accumulated_;
      global_samples = 1;
    }
    gradients = reducer_.reduce(gradients, shard_ends_.size(), global_samples);
    if (optimizer_.updates() == 0 || since_norm_.seconds() >= seconds_between_norms) {
      gradient_norm_ = l2_norm(gradients);
      since_norm_.restart();
    }
    clip_gradients(options_.optimizer, network_.layout(), gradients);
    learning_rate_ = learning_rate(options_.schedule, options_.optimizer.base_learning_rate(),
                                   optimizer_.updates(), total_steps_ / every);
    optimizer_.update(network_.parameters(), gradients, learning_rate_);
    std::ranges::fill(accumulated_, 0.0f);
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
    if (replicas_equal(network_.parameters(), network_.moving(), group_)) return;
    observer_.on_replicas_differ();
    throw comm::AgreedError(
        "the ranks no longer hold equal weights after epoch " + std::to_string(report.epoch),
        ExitCode::failure);
  }

  std::string reason_to_end(const metrics::EpochReport& report) {
    if (early_stopping_.should_stop(report, network_.parameters(), network_.moving()))
      return "early stopping: " + std::string(to_name(options_.early_stopping.monitor)) +
             " no longer improves";
    if (options_.max_steps && step_ >= *options_.max_steps) return "max_steps reached";
    return "";
  }

  const TrainOptions& options_;
  const bool shuffle_;
  const data::Problem& problem_;
  model::Network& network_;
  comm::Communicator& group_;
  metrics::Observer& observer_;
  const std::function<bool()>& should_stop_;
  const std::int64_t steps_per_epoch_;
  const std::int64_t total_steps_;
  BatchLoader loader_;
  comm::GradientReducer reducer_;
  Optimizer optimizer_;
  std::vector<float> accumulated_;  // gradient of the mean loss over the batches since the last update; empty
                                    // without accumulation
  EarlyStopping early_stopping_;
  RankTimes rank_times_;
  std::optional<double> gradient_norm_;  // of this step, where it was taken
  Stopwatch since_norm_;
  std::int64_t step_ = 0;  // batches done in this run
  double learning_rate_ = 0;
  std::vector<std::int64_t> shard_ends_;  // of this rank's share of the batch
  model::MetricSums seen_;                // of this rank in this epoch, when last fetched
  Stopwatch since_metrics_;
  bool stopped_ = false;
};

}  // namespace

RunResult train(const Setup& setup) {
  return Trainer(setup).run();
}

}  // namespace cellsweep::train
