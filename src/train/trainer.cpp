#include "train/trainer.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/metric_name.h"
#include "base/stopwatch.h"
#include "comm/agreement.h"
#include "comm/gather_texts.h"
#include "data/sampler.h"
#include "train/early_stopping.h"
#include "train/rank_times.h"
#include "train/replicas.h"

namespace cellsweep::train {
namespace {

// Metric sums are fetched from the stepper no more often than a person can read them.
constexpr double seconds_between_metrics = 0.05;

// Ranks agree on what to do so often: seldom enough to cost nothing, and soon enough for the second that a
// launcher gives a job between a signal and its end.
constexpr std::int64_t microseconds_between_questions = 100'000;

class Trainer {
 public:
  explicit Trainer(const Setup& setup)
      : options_(setup.options),
        shuffle_(setup.shuffle),
        samples_(setup.training_samples),
        stepper_(setup.stepper),
        group_(setup.group),
        observer_(setup.observer),
        poll_(setup.poll),
        stop_request_(setup.stop_request),
        most_steps_between_questions_(setup.most_steps_between_questions),
        steps_per_epoch_(data::batch_count(samples_, options_.batch_size)),
        total_steps_(total_steps(options_, samples_)),
        checkpointer_(setup.checkpointing, stepper_, observer_),
        early_stopping_(options_.early_stopping),
        rank_times_(group_) {
    if (setup.resumed == nullptr) return;
    before_ = setup.resumed->progress;
    progress_ = before_;
    early_stopping_.restore(before_.early_stopping);
    stepper_.restore(setup.resumed->stepper);
    step_ = setup.resumed->stepper.steps;
  }

  RunResult run() try {
    while (progress_.epoch < options_.epochs && progress_.reason.empty() && stop_ == StopRequest::none)
      run_epoch();
    checkpointer_.finish();
    if (early_stopping_.has_best() && stop_ != StopRequest::interrupt)
      stepper_.set_weights(early_stopping_.best_parameters(), early_stopping_.best_moving_statistics());
    check_state();
    return {.history = std::move(progress_.history),
            .steps = step_,
            .reason = progress_.reason,
            .stopped_by = stop_,
            .seconds = before_.seconds + clock_.seconds()};
  } catch (const DivergedError&) {
    checkpointer_.finish();  // the best epoch's may still be on its way
    throw;
  }

 private:
  // Returns before its end if the run is to stop.
  void run_epoch() {
    epoch_clock_.restart();
    const auto order = data::epoch_order(samples_, shuffle_, options_.seed, progress_.epoch);
    stepper_.begin_epoch(order, progress_.batch);
    seen_ = {};
    train_batches();
    if (stop_ != StopRequest::none) return;
    // An evaluation that is cut short is made again when the run is resumed.
    check_state();
    auto unfinished = capture();
    const Evaluation seen = stepper_.end_epoch();
    const double training_seconds = epoch_seconds();
    const Evaluation validation = stepper_.evaluate([this] {
      poll_();
      return stop_request_() != StopRequest::interrupt;
    });
    agree();
    if (stop_ == StopRequest::interrupt) return checkpointer_.save(std::move(unfinished));
    finish_epoch(seen, validation, training_seconds);
  }

  void train_batches() {
    const std::int64_t end = std::min(steps_per_epoch_, total_steps_ - (step_ - progress_.batch));
    while (progress_.batch < end) {
      const std::int64_t to_checkpoint = checkpointer_.steps_to_next(step_);
      const std::int64_t left = std::min(end - progress_.batch, to_checkpoint);
      const std::int64_t count = stepper_.step_batches(progress_.batch, progress_.batch + left);
      for (std::int64_t i = 0; i < count; ++i) report_step();
      poll_();
      if (count == to_checkpoint) save();
      if (group_.size() > 1 && step_ < next_question_) continue;
      agree();
      if (stop_ == StopRequest::interrupt) save();
      if (stop_ != StopRequest::none) return;
    }
  }

  void finish_epoch(const Evaluation& seen, const Evaluation& validation, double training_seconds) {
    metrics::EpochReport report{.epoch = progress_.epoch + 1,
                                .step = step_,
                                .metrics = seen.metrics,
                                .learning_rate = stepper_.learning_rate(),
                                .seconds = epoch_seconds(),
                                .evaluation_seconds = epoch_seconds() - training_seconds,
                                .samples_per_second = static_cast<double>(seen.samples) / training_seconds};
    for (const auto& [name, value] : validation.metrics)
      report.metrics[std::string(validation_prefix) + name] = value;
    check(report);
    observer_.on_ranks(rank_times_.gather());
    observer_.on_epoch_end(report);
    poll_();
    const bool is_best = is_better_than_all_before(report);
    progress_.history.push_back(report);
    ++progress_.epoch;
    progress_.batch = 0;
    before_.epoch_seconds = 0;
    epoch_clock_.restart();
    progress_.reason = reason_to_end(report);
    checkpointer_.save(capture(), is_best);
  }

  // Reports the next batch, which was just trained on.
  void report_step() {
    const std::int64_t batch = progress_.batch++;
    ++step_;
    if (since_metrics_.seconds() >= seconds_between_metrics) {
      seen_ = std::make_shared<metrics::MetricValues>(stepper_.metrics());
      since_metrics_.restart();
    }
    const StepFacts facts = stepper_.facts();
    rank_times_.add(facts);
    observer_.on_step({.epoch = progress_.epoch + 1,
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
                       .metrics = seen_,
                       .all_reduce_bytes = facts.all_reduce_bytes,
                       .gradient_norm = facts.gradient_norm});
  }

  // One all-reduce answers several questions: whether to stop, whether it is time to gather the ranks' times,
  // or for a checkpoint, and how long a step takes, which decides when ranks ask again.
  void agree() {
    checkpointer_.report_written();
    std::array<std::int64_t, 4> answers{static_cast<std::int64_t>(stop_request_()),
                                        rank_times_.is_due() ? 1 : 0, checkpointer_.is_due() ? 1 : 0,
                                        static_cast<std::int64_t>(stepper_.facts().seconds * 1e6) + 1};
    group_.all_reduce(std::span<std::int64_t>(answers), comm::Reduction::max);
    stop_ = static_cast<StopRequest>(answers[0]);
    if (answers[1] != 0) observer_.on_ranks(rank_times_.gather());
    if (answers[2] != 0 && stop_ == StopRequest::none) save();
    next_question_ = step_ + std::clamp<std::int64_t>(microseconds_between_questions / answers[3], 1,
                                                      most_steps_between_questions_);
  }

  void save() {
    check_state();
    checkpointer_.save(capture());
  }

  std::shared_ptr<const Checkpoint> capture() {
    progress_.seconds = before_.seconds + clock_.seconds();
    progress_.epoch_seconds = epoch_seconds();
    progress_.early_stopping = early_stopping_.state();
    return checkpointer_.capture(progress_);
  }

  // The seconds of the epoch under way, with those before the run was resumed.
  double epoch_seconds() const { return before_.epoch_seconds + epoch_clock_.seconds(); }

  [[noreturn]] void diverge(const std::string& what, const char* hint) const {
    throw DivergedError(fmt::format("{} is not finite in epoch {}, after step {}: {}", what,
                                    std::min(progress_.epoch + 1, options_.epochs), step_, hint));
  }

  // Collective: each rank looks at what it holds itself, and all throw or none does.
  void check_state() {
    const std::string mine = stepper_.find_not_finite();
    std::array<std::int64_t, 1> found{mine.empty() ? 0 : 1};
    group_.all_reduce(std::span<std::int64_t>(found), comm::Reduction::max);
    if (found[0] == 0) return;
    const auto all = comm::gather_texts(group_, mine);
    const auto first = std::ranges::find_if(all, [](const std::string& each) { return !each.empty(); });
    diverge(*first, "a smaller learning rate or clipping of gradients may help");
  }

  // What is checked is the same on every rank, so all throw or none does. The weights have been checked.
  void check(const metrics::EpochReport& report) {
    for (const auto& [name, value] : report.metrics) {
      if (std::isfinite(value)) continue;
      diverge(
          fmt::format("{} ({})", name, std::isnan(value) ? std::abs(value) : value),
          is_validation(name)
              ? "a smaller learning rate or clipping of gradients may help; else look at the validation data"
              : "a smaller learning rate or clipping of gradients may help");
    }
    if (replicas_equal(stepper_.parameters(), stepper_.moving_statistics(), group_)) return;
    observer_.on_replicas_differ();
    throw comm::CollectiveError(
        "the ranks no longer hold equal weights after epoch " + std::to_string(report.epoch),
        ExitCode::failure);
  }

  bool is_better_than_all_before(const metrics::EpochReport& report) const {
    const std::string& monitor = options_.early_stopping.monitor;
    return std::ranges::all_of(progress_.history, [&](const metrics::EpochReport& before) {
      return score(monitor, report) > score(monitor, before);
    });
  }

  std::string reason_to_end(const metrics::EpochReport& report) {
    if (early_stopping_.should_stop(report, stepper_.parameters(), stepper_.moving_statistics()))
      return "early stopping: " + options_.early_stopping.monitor + " no longer improves";
    if (options_.max_steps && step_ >= *options_.max_steps) return "max_steps reached";
    return "";
  }

  const TrainOptions& options_;
  const bool shuffle_;
  const std::int64_t samples_;
  Stepper& stepper_;
  comm::Communicator& group_;
  metrics::Observer& observer_;
  const std::function<void()>& poll_;
  const std::function<StopRequest()>& stop_request_;
  const std::int64_t most_steps_between_questions_;
  const std::int64_t steps_per_epoch_;
  const std::int64_t total_steps_;
  Checkpointer checkpointer_;
  EarlyStopping early_stopping_;
  RankTimes rank_times_;
  Progress before_;  // the point at which the run was resumed; its times count
  Progress progress_;
  std::int64_t step_ = 0;  // batches done in this run
  std::int64_t next_question_ = 0;
  StopRequest stop_ = StopRequest::none;
  std::shared_ptr<const metrics::MetricValues> seen_;  // of this rank in this epoch, when last fetched
  Stopwatch clock_, epoch_clock_, since_metrics_;
};

}  // namespace

RunResult run_training(const Setup& setup) {
  return Trainer(setup).run();
}

}  // namespace cellsweep::train
