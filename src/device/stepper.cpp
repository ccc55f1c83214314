#include "device/stepper.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "comm/gpu/gpu_reductions.h"
#include "data/sampler.h"
#include "device/cuda.h"
#include "device/runtime.h"
#include "device/step_program.h"
#include "model/initializers.h"
#include "model/metric_set.h"
#include "train/finite.h"

namespace cellsweep::device {
namespace {

class DeviceStepper final : public train::Stepper {
 public:
  DeviceStepper(const engines::DeviceSetup& setup, std::unique_ptr<comm::DeviceReduction> reduction,
                std::unique_ptr<Runtime> runtime)
      : options_(setup.options),
        metrics_(setup.network.metrics, options_.loss, setup.network.shape.outputs),
        group_(setup.group),
        layout_(model::make_layout(setup.network.model, setup.network.shape)),
        total_steps_(train::total_steps(options_, setup.splits.train.samples)),
        reduction_(std::move(reduction)),
        runtime_(std::move(runtime)),
        memory_(layout_, metrics_.layout(), setup.splits.train.samples,
                data::batch_count(setup.splits.train.samples, options_.batch_size), runtime_->target()),
        program_(setup, layout_, memory_, *runtime_, *reduction_),
        bytes_per_gradient_(setup.parallel.gradients == comm::GradientType::bfloat16 ? 2 : 4),
        training_samples_(setup.splits.train.samples),
        validation_samples_(setup.splits.validation.samples),
        host_parameters_(layout_.trainable_size),
        host_moving_(layout_.moving_statistics_size) {
    model::set_initial_weights(setup.network.model, layout_, setup.network.seed, host_parameters_,
                               host_moving_);
    set_weights(host_parameters_, host_moving_);
  }

  // Memory is given back when the device no longer works on it. If something failed, nobody knows when
  // that is: the process is about to end.
  ~DeviceStepper() override {
    if (std::uncaught_exceptions() > 0) return;
    try {
      runtime_->wait();
    } catch (const std::exception& error) {
      log_warning(error.what());
    }
  }
  DeviceStepper(const DeviceStepper&) = delete;
  DeviceStepper& operator=(const DeviceStepper&) = delete;

  const model::Layout& layout() const override { return layout_; }

  std::span<const float> parameters() override {
    fetch_weights();
    return host_parameters_;
  }
  std::span<const float> moving_statistics() override {
    fetch_weights();
    return host_moving_;
  }
  void set_weights(std::span<const float> parameters, std::span<const float> moving_statistics) override {
    runtime_->wait();
    upload(parameters, memory_.parameters);
    upload(moving_statistics, memory_.moving_statistics);
    are_weights_stale_ = true;
  }

  // The device looks first, so that nothing large is copied if all is well.
  std::string find_not_finite() override {
    runtime_->wait();
    const model::MetricSums sums = fetch_metrics();
    const bool accumulates = steps_ % options_.gradient_accumulation_steps != 0;
    if (std::isfinite(sums.loss) && all_finite(memory_.parameters) && all_finite(memory_.moving_statistics) &&
        program_.optimizer().is_finite() && (!accumulates || all_finite(memory_.gradients)))
      return "";
    fetch_weights();
    std::vector<float> first, second, gradients;
    program_.optimizer().save(first, second);
    if (accumulates) gradients = fetch_gradients();
    return train::find_not_finite(layout_, {.sums = {&sums, 1},
                                            .parameters = host_parameters_,
                                            .moving_statistics = host_moving_,
                                            .first = first,
                                            .second = second,
                                            .gradients = gradients});
  }

  train::StepperState save() override {
    runtime_->wait();
    train::ShardSums mine{{fetch_metrics()}, {}};
    if (steps_ % options_.gradient_accumulation_steps != 0) mine.gradients = fetch_gradients();
    train::StepperState state{.steps = steps_,
                              .updates = steps_ / options_.gradient_accumulation_steps,
                              .learning_rate = learning_rate_,
                              .shards = train::gather_shards(mine, group_)};
    if (group_.rank() != 0) return state;
    fetch_weights();
    state.parameters = host_parameters_;
    state.moving_statistics = host_moving_;
    program_.optimizer().save(state.first, state.second);
    return state;
  }

  void restore(const train::StepperState& state) override {
    set_weights(state.parameters, state.moving_statistics);
    program_.optimizer().restore(state.first, state.second);
    steps_ = state.steps;
    learning_rate_ = state.learning_rate;
    const train::ShardSums mine = train::rank_slice_of_shards(state.shards, group_.rank(), group_.size(), 1);
    std::vector<double> values;
    train::append_numbers(mine.metrics.front(), values);
    upload(std::span<const double>(values), memory_.metrics);
    upload(std::span<const std::int64_t>(&steps_, 1), memory_.step);
    if (!mine.gradients.empty()) upload(std::span<const float>(mine.gradients), memory_.gradients);
  }

  void begin_epoch(std::span<const std::int64_t> order, std::int64_t first) override {
    runtime_->wait();
    const std::int64_t batches = data::batch_count(training_samples_, options_.batch_size);
    host_rates_ =
        make_rates(options_, batches, steps_ - first, total_steps_ / options_.gradient_accumulation_steps);
    upload(order, memory_.order);
    upload(std::span<const float>(&host_rates_.front().learning_rate, host_rates_.size() * 2), memory_.rates);
    if (first == 0) memory_.metrics.zero_();
    begin_batches(first);
  }

  std::int64_t step_batches(std::int64_t batch, std::int64_t end) override {
    const data::Range whole = data::batch_range(training_samples_, options_.batch_size, batch);
    const data::Range mine = data::rank_slice(whole, group_.rank(), group_.size());
    const BatchSize size{mine.size(), whole.size(), mine.begin - whole.begin};
    const std::int64_t every = options_.gradient_accumulation_steps;
    const bool updates = (steps_ + 1) % every == 0;
    const bool is_full = whole.size() == options_.batch_size;
    const std::int64_t full = training_samples_ / options_.batch_size;
    const std::int64_t equal = is_full && every == 1 ? std::min(full, end) - batch : 1;

    const std::int64_t count = runtime_->run({true, updates, size.mine, size.global}, equal,
                                             [&] { program_.enqueue_step(size, updates); });
    facts_ = {.seconds = runtime_->pace(count),
              .all_reduce_bytes = updates ? layout_.trainable_size * bytes_per_gradient_ : 0};
    steps_ += count;
    if (updates) learning_rate_ = host_rates_[batch + count - 1].learning_rate;
    are_weights_stale_ = true;
    return count;
  }

  train::StepFacts facts() const override { return facts_; }
  double learning_rate() const override { return learning_rate_; }

  // Loss and hits alone, since a snapshot has no more.
  metrics::MetricValues metrics() override {
    return train::values_of(metrics_, train::sums_of(snapshot_->look()));
  }

  train::Evaluation end_epoch() override { return reduce_metrics(); }

  train::Evaluation evaluate(const std::function<bool()>& may_continue) override {
    memory_.metrics.zero_();
    begin_batches(0);
    const data::Range mine = data::rank_slice({0, validation_samples_}, group_.rank(), group_.size());
    const std::int64_t full = mine.size() / options_.batch_size;
    for (std::int64_t batch = 0; batch < data::batch_count(mine.size(), options_.batch_size);) {
      const std::int64_t samples = data::batch_range(mine.size(), options_.batch_size, batch).size();
      const std::int64_t count = runtime_->run({.samples = samples}, std::max<std::int64_t>(1, full - batch),
                                               [&] { program_.enqueue_evaluation(mine.begin, samples); });
      runtime_->pace(count);
      batch += count;
      if (!may_continue()) break;
    }
    return reduce_metrics();
  }

 private:
  // Counts batches from `first` on.
  void begin_batches(std::int64_t first) {
    upload(std::span<const std::int64_t>(&first, 1), memory_.batch);
    snapshot_ = runtime_->make_snapshot(memory_.metrics.narrow(0, 0, 3));
  }

  model::MetricSums fetch_metrics() {
    const at::Tensor values = memory_.metrics.cpu();
    const double* const sums = values.const_data_ptr<double>();
    return train::sums_of({sums, static_cast<std::size_t>(values.numel())});
  }

  std::vector<float> fetch_gradients() {
    std::vector<float> gradients(host_parameters_.size());
    download(memory_.gradients, gradients);
    return gradients;
  }

  train::Evaluation reduce_metrics() {
    runtime_->wait();
    const model::MetricSums mine = fetch_metrics();
    return train::reduce_metrics(metrics_, {&mine, 1}, group_);
  }

  void fetch_weights() {
    if (!are_weights_stale_) return;
    runtime_->wait();
    download(memory_.parameters, host_parameters_);
    download(memory_.moving_statistics, host_moving_);
    are_weights_stale_ = false;
  }

  const train::TrainOptions& options_;
  const model::MetricSet metrics_;
  comm::Communicator& group_;
  const model::Layout layout_;
  const std::int64_t total_steps_;
  // Recorded steps, which the runtime keeps, end before what they were recorded with.
  std::unique_ptr<comm::DeviceReduction> reduction_;
  std::unique_ptr<Runtime> runtime_;
  const Memory memory_;
  StepProgram program_;
  const std::int64_t bytes_per_gradient_;  // that go to the other ranks
  const std::int64_t training_samples_, validation_samples_;
  std::unique_ptr<AsyncSnapshot> snapshot_;
  std::vector<Rate> host_rates_;
  std::vector<float> host_parameters_, host_moving_;
  bool are_weights_stale_ = true;
  std::int64_t steps_ = 0;
  double learning_rate_ = 0;
  train::StepFacts facts_;
};

}  // namespace

std::unique_ptr<train::Stepper> make_cuda_stepper(const engines::DeviceSetup& setup, int device) {
  configure_cuda(setup.options.precision, setup.network.engine);
  std::unique_ptr<comm::DeviceReduction> reduction;
  if (setup.group.size() == 1)
    reduction = comm::make_direct_reduction(setup.group);
  else if (setup.parallel.backend == comm::Backend::mpi)
    reduction = comm::make_staged_reduction(setup.group, setup.watchdog);
  else
    reduction = comm::make_nccl_reduction(setup.group, setup.watchdog);
  auto runtime = make_cuda_runtime({.record = setup.parallel.cuda_graphs, .device = device}, setup.group,
                                   setup.watchdog, *reduction);
  return std::make_unique<DeviceStepper>(setup, std::move(reduction), std::move(runtime));
}

std::unique_ptr<train::Stepper> make_emulated_stepper(const engines::DeviceSetup& setup) {
  return std::make_unique<DeviceStepper>(setup, comm::make_direct_reduction(setup.group),
                                         make_host_runtime());
}

}  // namespace cellsweep::device
