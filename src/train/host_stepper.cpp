#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/stopwatch.h"
#include "comm/gradient_reducer.h"
#include "data/sampler.h"
#include "train/batch_loader.h"
#include "train/finite.h"
#include "train/gradient_norm.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/stepper.h"

namespace cellsweep::train {
namespace {

// The norm costs a pass over the gradients, which takes noticeable time for large models.
constexpr double seconds_between_norms = 0.5;

class HostStepper final : public Stepper {
 public:
  explicit HostStepper(HostSetup setup)
      : options_(setup.options),
        total_steps_(total_steps(options_, setup.splits.train.samples)),
        splits_(setup.splits),
        network_(std::move(setup.network)),
        group_(setup.group),
        loader_(splits_.train,
                std::min(options_.batch_size, splits_.train.samples) / group_.size() + setup.shards),
        reducer_(group_),
        optimizer_(options_.optimizer, network_->layout().trainable_size),
        accumulated_(options_.gradient_accumulation_steps > 1 ? network_->gradients().size() : 0),
        shard_ends_(setup.shards) {}

  const model::Layout& layout() const override { return network_->layout(); }
  std::span<const float> parameters() override { return network_->parameters(); }
  std::span<const float> moving_statistics() override { return network_->moving_statistics(); }
  void set_weights(std::span<const float> parameters, std::span<const float> moving_statistics) override {
    std::ranges::copy(parameters, network_->parameters().begin());
    std::ranges::copy(moving_statistics, network_->moving_statistics().begin());
  }

  std::string find_not_finite() override {
    const auto sums = network_->shard_metrics();
    return train::find_not_finite(layout(), {.sums = sums,
                                             .parameters = network_->parameters(),
                                             .moving_statistics = network_->moving_statistics(),
                                             .first = optimizer_.first(),
                                             .second = optimizer_.second(),
                                             .gradients = accumulated_});
  }

  StepperState save() override {
    ShardSums mine{network_->shard_metrics(), {}};
    if (steps_ % options_.gradient_accumulation_steps != 0) mine.gradients = accumulated_;
    StepperState state{.steps = steps_,
                       .updates = optimizer_.updates(),
                       .learning_rate = learning_rate_,
                       .shards = gather_shards(mine, group_)};
    if (group_.rank() != 0) return state;
    const auto copy = [](std::span<const float> values) {
      return std::vector<float>(values.begin(), values.end());
    };
    state.parameters = copy(parameters());
    state.moving_statistics = copy(moving_statistics());
    state.first = copy(optimizer_.first());
    state.second = copy(optimizer_.second());
    return state;
  }

  void restore(const StepperState& state) override {
    set_weights(state.parameters, state.moving_statistics);
    optimizer_.restore(state.updates, state.first, state.second);
    steps_ = state.steps;
    learning_rate_ = state.learning_rate;
    const ShardSums mine =
        rank_slice_of_shards(state.shards, group_.rank(), group_.size(), std::ssize(shard_ends_));
    network_->set_metrics(mine.metrics);
    std::ranges::copy(mine.gradients, accumulated_.begin());
  }

  void begin_epoch(std::span<const std::int64_t> order, std::int64_t) override { order_ = order; }

  std::int64_t step_batches(std::int64_t index, std::int64_t) override {
    const Stopwatch clock;
    const double forward_before = network_->forward_seconds();
    const double reduced_before = reducer_.seconds();
    const double statistics_before = network_->reduction_seconds();
    const std::int64_t bytes_before = reducer_.bytes();
    const data::Range whole = data::batch_range(splits_.train.samples, options_.batch_size, index);
    const data::Range mine = data::rank_slice_in_shards(whole, group_.rank(), group_.size(), shard_ends_);
    const model::Batch batch = loader_.load(order_, whole, mine, shard_ends_);

    const double gathered = clock.seconds();
    std::ranges::fill(network_->gradients(), 0.0f);
    network_->forward_backward(batch, steps_);
    const double computed = clock.seconds();
    ++steps_;
    update(batch.global_samples);
    const double seconds = clock.seconds();
    const double forward = network_->forward_seconds() - forward_before;
    const double reduced = reducer_.seconds() - reduced_before;
    facts_ = {.seconds = seconds,
              .gather = gathered,
              .forward = forward,
              .backward = computed - gathered - forward,
              .all_reduce = reduced,
              .update = seconds - computed - reduced,
              .statistics = network_->reduction_seconds() - statistics_before,
              .all_reduce_bytes = reducer_.bytes() - bytes_before,
              .gradient_norm = std::exchange(gradient_norm_, std::nullopt)};
    return 1;
  }

  StepFacts facts() const override { return facts_; }
  double learning_rate() const override { return learning_rate_; }
  metrics::MetricValues metrics() override { return values_of(network_->metric_set(), network_->metrics()); }
  Evaluation end_epoch() override {
    return reduce_metrics(network_->metric_set(), network_->take_metrics(), group_);
  }
  Evaluation evaluate(const std::function<bool()>& may_continue) override {
    return train::evaluate(*network_, splits_.validation, options_.batch_size, std::ssize(shard_ends_),
                           group_, may_continue);
  }

 private:
  // Turns the gradients of this batch into new weights; with accumulation, those of the last few batches, as
  // their mean.
  void update(std::int64_t global_samples) {
    std::span<float> gradients = network_->gradients();
    const std::int64_t every = options_.gradient_accumulation_steps;
    if (every > 1) {
      const float weight = 1.0f / static_cast<float>(global_samples * every);
      for (std::size_t i = 0; i < gradients.size(); ++i) accumulated_[i] += weight * gradients[i];
      if (steps_ % every != 0) return;
      gradients = accumulated_;
      global_samples = 1;
    }
    gradients = reducer_.reduce(gradients, shard_ends_.size(), global_samples);
    if (optimizer_.updates() == 0 || since_norm_.seconds() >= seconds_between_norms) {
      gradient_norm_ = l2_norm(gradients);
      since_norm_.restart();
    }
    clip_gradients(options_.optimizer, network_->layout(), gradients);
    learning_rate_ = train::learning_rate(options_.schedule, options_.optimizer.base_learning_rate(),
                                          optimizer_.updates(), total_steps_ / every);
    optimizer_.update(network_->parameters(), gradients, learning_rate_);
    std::ranges::fill(accumulated_, 0.0f);
  }

  const TrainOptions& options_;
  const std::int64_t total_steps_;
  const data::Splits& splits_;
  std::unique_ptr<model::Network> network_;
  comm::Communicator& group_;
  BatchLoader loader_;
  comm::GradientReducer reducer_;
  Optimizer optimizer_;
  std::vector<float> accumulated_;  // gradient of the mean loss over the batches since the last update; empty
                                    // without accumulation
  std::vector<std::int64_t> shard_ends_;  // of this rank's slice of the batch
  std::span<const std::int64_t> order_;
  std::int64_t steps_ = 0;  // batches done in this run
  double learning_rate_ = 0;
  std::optional<double> gradient_norm_;  // of this step, if it was computed
  Stopwatch since_norm_;
  StepFacts facts_;
};

}  // namespace

std::unique_ptr<Stepper> make_cpu_stepper(HostSetup setup) {
  return std::make_unique<HostStepper>(std::move(setup));
}

std::int64_t total_steps(const TrainOptions& options, std::int64_t training_samples) {
  const std::int64_t all = options.epochs * data::batch_count(training_samples, options.batch_size);
  return std::min(all, options.max_steps.value_or(all));
}

}  // namespace cellsweep::train
