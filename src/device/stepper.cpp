#include "device/stepper.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "data/sampler.h"
#include "device/cuda.h"
#include "device/cudnn_directions.h"
#include "device/gradient_sum.h"
#include "device/head.h"
#include "device/kernels.h"
#include "device/optimizer.h"
#include "device/runtime.h"
#include "device/samples.h"
#include "model/initializers.h"
#include "model/torch/layers.h"

namespace cellsweep::device {
namespace {

class DeviceStepper final : public train::Stepper {
 public:
  DeviceStepper(const Setup& setup, std::unique_ptr<comm::DeviceReduction> reduction,
                std::unique_ptr<Runtime> runtime)
      : options_(setup.options),
        network_(setup.network),
        group_(setup.group),
        layout_(model::make_layout(network_.model, network_.shape)),
        total_steps_(train::total_steps(options_, setup.problem.train.samples)),
        reduction_(std::move(reduction)),
        runtime_(std::move(runtime)),
        place_(runtime_->place()),
        parameters_(place_.make({layout_.trainable_size})),
        gradients_(place_.make_zeros({layout_.trainable_size})),
        moving_(place_.make({layout_.moving_size})),
        metrics_(place_.make_zeros({3}, at::kDouble)),
        batch_(place_.make_zeros({1}, at::kLong)),
        step_(place_.make_zeros({1}, at::kLong)),
        order_(place_.make({setup.problem.train.samples}, at::kLong)),
        rates_(place_.make({2 * data::batch_count(setup.problem.train.samples, options_.batch_size)})),
        training_(setup.problem.train, place_),
        validation_(setup.problem.validation, place_),
        bytes_per_gradient_(setup.parallel.gradients == comm::GradientType::bfloat16 ? 2 : 4),
        training_samples_(setup.problem.train.samples),
        validation_samples_(setup.problem.validation.samples),
        gradient_sum_(network_.model, layout_, gradients_, setup.parallel.gradients, group_.size(), *runtime_,
                      *reduction_),
        directions_(make_directions()),
        head_(network_, layout_, {parameters_, gradients_, moving_}, metrics_, place_, *reduction_),
        optimizer_(options_.optimizer, layout_, parameters_, gradients_, place_),
        host_parameters_(static_cast<std::size_t>(layout_.trainable_size)),
        host_moving_(static_cast<std::size_t>(layout_.moving_size)) {
    model::set_initial_weights(network_.model, layout_, network_.seed, host_parameters_, host_moving_);
    set_weights(host_parameters_, host_moving_);
  }

  // Memory is given back when the device no longer works on it. Where something failed, nobody knows when
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
  std::span<const float> moving() override {
    fetch_weights();
    return host_moving_;
  }
  void set_weights(std::span<const float> parameters, std::span<const float> moving) override {
    runtime_->wait();
    upload(parameters, parameters_);
    upload(moving, moving_);
    are_weights_stale_ = true;
  }

  void begin_epoch(std::span<const std::int64_t> order) override {
    runtime_->wait();
    const std::int64_t batches = data::batch_count(training_samples_, options_.batch_size);
    host_rates_ = make_rates(options_, batches, steps_, total_steps_ / options_.gradient_accumulation_steps);
    upload(order, order_);
    upload(std::span<const float>(&host_rates_.front().learning_rate, host_rates_.size() * 2), rates_);
    restart();
  }

  std::int64_t train(std::int64_t batch, std::int64_t end) override {
    const data::Range whole = data::batch_range(training_samples_, options_.batch_size, batch);
    const data::Range mine = data::share(whole, group_.rank(), group_.size());
    const BatchSize size{mine.size(), whole.size(), mine.begin - whole.begin};
    const std::int64_t every = options_.gradient_accumulation_steps;
    const bool updates = (steps_ + 1) % every == 0;
    const bool is_full = whole.size() == options_.batch_size;
    const std::int64_t full = training_samples_ / options_.batch_size;
    const std::int64_t equal = is_full && every == 1 ? std::min(full, end) - batch : 1;

    const std::int64_t count =
        runtime_->run({true, updates, size.mine, size.global}, equal, [&] { enqueue_step(size, updates); });
    facts_ = {.seconds = runtime_->pace(count),
              .all_reduce_bytes = updates ? layout_.trainable_size * bytes_per_gradient_ : 0};
    steps_ += count;
    if (updates) learning_rate_ = host_rates_[static_cast<std::size_t>(batch + count - 1)].learning_rate;
    are_weights_stale_ = true;
    return count;
  }

  train::StepFacts facts() const override { return facts_; }
  double learning_rate() const override { return learning_rate_; }

  model::MetricSums metrics() override { return to_sums(glimpse_->look()); }

  train::Evaluation end_epoch() override { return reduce_metrics(); }

  train::Evaluation evaluate(const std::function<void()>& on_batch) override {
    restart();
    const data::Range mine = data::share({0, validation_samples_}, group_.rank(), group_.size());
    const std::int64_t full = mine.size() / options_.batch_size;
    for (std::int64_t batch = 0; batch < data::batch_count(mine.size(), options_.batch_size);) {
      const std::int64_t samples = data::batch_range(mine.size(), options_.batch_size, batch).size();
      const std::int64_t count = runtime_->run({.samples = samples}, std::max<std::int64_t>(1, full - batch),
                                               [&] { enqueue_evaluation(mine.begin, samples); });
      runtime_->pace(count);
      batch += count;
      on_batch();
    }
    return reduce_metrics();
  }

 private:
  // A batch in this device's memory.
  struct GatheredBatch {
    at::Tensor inputs, labels, targets;
    BatchMemory memory() const {
      return {.inputs = inputs.mutable_data_ptr<float>(),
              .labels = labels.defined() ? labels.mutable_data_ptr<std::int32_t>() : nullptr,
              .targets = targets.defined() ? targets.mutable_data_ptr<float>() : nullptr};
    }
  };

  model::Directions make_directions() {
    if (network_.engine == model::Engine::torch)
      return model::make_torch_directions(network_.model, layout_, parameters_, gradients_);
    return make_cudnn_directions(
        {.options = network_.model,
         .layout = layout_,
         .parameters = parameters_,
         .gradients = gradients_,
         .type = options_.precision == train::Precision::bf16 ? at::kBFloat16 : at::kFloat,
         .on_gradients = [this](std::int64_t layer,
                                bool backward) { gradient_sum_.direction_ready(layer, backward); }},
        place_);
  }

  // One step, from the batch's samples to new weights.
  void enqueue_step(const BatchSize& size, bool updates) {
    const GatheredBatch batch =
        enqueue_gather(training_.get(), {.order = order_.const_data_ptr<std::int64_t>(),
                                         .batch = batch_.const_data_ptr<std::int64_t>(),
                                         .batch_size = options_.batch_size,
                                         .first = size.first,
                                         .count = size.mine});
    gradient_sum_.begin(updates);
    at::Tensor outputs = place_.make({0, model::rnn_output_size(network_.model)});
    if (size.mine > 0) outputs = model::run_layers(directions_, batch.inputs, make_dropout(size));
    // The gradient is that of the mean over the batches between two updates.
    const float scale = 1.0f / static_cast<float>(size.global * options_.gradient_accumulation_steps);
    const at::Tensor gradient = head_.train(outputs.detach().contiguous(), batch.memory(), size, scale);
    gradient_sum_.head_ready();
    if (size.mine > 0) outputs.backward(gradient);
    gradient_sum_.finish();
    if (updates)
      optimizer_.update(reinterpret_cast<const Rate*>(rates_.const_data_ptr<float>()),
                        batch_.const_data_ptr<std::int64_t>());
    advance(place_.queue, batch_.mutable_data_ptr<std::int64_t>(), step_.mutable_data_ptr<std::int64_t>());
  }

  void enqueue_evaluation(std::int64_t first, std::int64_t samples) {
    const at::NoGradGuard no_tape;
    const GatheredBatch batch =
        enqueue_gather(validation_.get(), {.batch = batch_.const_data_ptr<std::int64_t>(),
                                           .batch_size = options_.batch_size,
                                           .first = first,
                                           .count = samples});
    const at::Tensor outputs = model::run_layers(directions_, batch.inputs, nullptr);
    head_.evaluate(outputs.contiguous(), batch.memory(), samples);
    advance(place_.queue, batch_.mutable_data_ptr<std::int64_t>(), nullptr);
  }

  GatheredBatch enqueue_gather(const Samples& samples, const Choice& choice) {
    GatheredBatch batch{place_.make({samples.time, choice.count, samples.features}), {}, {}};
    if (samples.labels != nullptr)
      batch.labels = place_.make({choice.count}, at::kInt);
    else
      batch.targets = place_.make({choice.count});
    gather(place_.queue, samples, choice, batch.memory());
    return batch;
  }

  model::Dropout make_dropout(const BatchSize& size) {
    if (network_.model.dropout == 0) return nullptr;
    return [this, size](const at::Tensor& inputs, std::int64_t layer, bool backward) {
      const at::Tensor mask = place_.make({1, inputs.size(1), inputs.size(2)});
      fill_dropout_mask(place_.queue, {.seed = network_.seed, .layer = layer, .backward = backward},
                        step_.const_data_ptr<std::int64_t>(), network_.model.dropout, size.first,
                        inputs.size(1), inputs.size(2), mask.mutable_data_ptr<float>());
      return inputs.mul(mask);
    };
  }

  // Counts batches and metrics from the beginning.
  void restart() {
    batch_.zero_();
    metrics_.zero_();
    glimpse_ = runtime_->glimpse(metrics_);
  }

  static model::MetricSums to_sums(const std::array<double, 3>& values) {
    return {.loss = values[0],
            .correct = static_cast<std::int64_t>(values[1]),
            .samples = static_cast<std::int64_t>(values[2])};
  }

  train::Evaluation reduce_metrics() {
    runtime_->wait();
    const at::Tensor values = metrics_.cpu();
    const double* const sums = values.const_data_ptr<double>();
    const model::MetricSums mine = to_sums({sums[0], sums[1], sums[2]});
    return train::reduce_metrics({&mine, 1}, group_);
  }

  void fetch_weights() {
    if (!are_weights_stale_) return;
    runtime_->wait();
    download(parameters_, host_parameters_);
    download(moving_, host_moving_);
    are_weights_stale_ = false;
  }

  const train::TrainOptions& options_;
  const model::NetworkOptions network_;
  comm::Communicator& group_;
  const model::Layout layout_;
  const std::int64_t total_steps_;
  // Recorded steps, which the runtime keeps, end before what they were recorded with.
  std::unique_ptr<comm::DeviceReduction> reduction_;
  std::unique_ptr<Runtime> runtime_;
  const Place place_;
  at::Tensor parameters_, gradients_, moving_, metrics_;
  at::Tensor batch_, step_;  // of the epoch, of the run
  at::Tensor order_, rates_;
  ResidentSamples training_, validation_;
  const std::int64_t bytes_per_gradient_;  // that go to the other ranks
  const std::int64_t training_samples_, validation_samples_;
  GradientSum gradient_sum_;
  model::Directions directions_;
  Head head_;
  Optimizer optimizer_;
  std::unique_ptr<Glimpse> glimpse_;
  std::vector<Rate> host_rates_;
  std::vector<float> host_parameters_, host_moving_;
  bool are_weights_stale_ = true;
  std::int64_t steps_ = 0;
  double learning_rate_ = 0;
  train::StepFacts facts_;
};

}  // namespace

std::unique_ptr<train::Stepper> make_cuda_stepper(const Setup& setup, int device) {
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

std::unique_ptr<train::Stepper> make_host_stepper(const Setup& setup) {
  return std::make_unique<DeviceStepper>(setup, comm::make_direct_reduction(setup.group),
                                         make_host_runtime());
}

}  // namespace cellsweep::device
