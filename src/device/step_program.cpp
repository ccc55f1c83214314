#include "device/step_program.h"

#include <ATen/core/grad_mode.h>

#include "device/cudnn_directions.h"
#include "device/stepper.h"

namespace cellsweep::device {

Memory::Memory(const model::Layout& layout, const model::SumsLayout& sums, std::int64_t training_samples,
               std::int64_t batches, const ExecutionTarget& target)
    : parameters(target.make({layout.trainable_size})),
      gradients(target.make_zeros({layout.trainable_size})),
      moving_statistics(target.make({layout.moving_statistics_size})),
      metrics(target.make_zeros({3 + sums.size}, at::kDouble)),
      batch(target.make_zeros({1}, at::kLong)),
      step(target.make_zeros({1}, at::kLong)),
      order(target.make({training_samples}, at::kLong)),
      rates(target.make({2 * batches})) {}

StepProgram::StepProgram(const engines::DeviceSetup& setup, const model::Layout& layout, const Memory& memory,
                         Runtime& runtime, comm::DeviceReduction& reduction)
    : options_(setup.options),
      network_(setup.network),
      layout_(layout),
      memory_(memory),
      target_(runtime.target()),
      training_(setup.splits.train, target_),
      validation_(setup.splits.validation, target_),
      gradient_sum_(network_.model, layout, memory.gradients, setup.parallel.gradients, setup.group.size(),
                    runtime, reduction),
      directions_(make_directions(setup)),
      head_(network_, layout, {memory.parameters, memory.gradients, memory.moving_statistics}, memory.metrics,
            target_, reduction),
      optimizer_(options_.optimizer, layout, memory.parameters, memory.gradients, target_) {}

model::Directions StepProgram::make_directions(const engines::DeviceSetup& setup) {
  if (network_.engine == model::Engine::torch)
    return model::make_torch_directions(network_.model, layout_, memory_.parameters, memory_.gradients);
  return make_cudnn_directions(
      {.options = network_.model,
       .layout = layout_,
       .parameters = memory_.parameters,
       .gradients = memory_.gradients,
       .type = setup.options.precision == train::Precision::bf16 ? at::kBFloat16 : at::kFloat,
       .on_gradients = [this](std::int64_t layer,
                              bool backward) { gradient_sum_.direction_ready(layer, backward); }},
      target_);
}

void StepProgram::enqueue_step(const BatchSize& size, bool updates) {
  const GatheredBatch batch =
      enqueue_gather(training_.get(), {.order = memory_.order.const_data_ptr<std::int64_t>(),
                                       .batch = memory_.batch.const_data_ptr<std::int64_t>(),
                                       .batch_size = options_.batch_size,
                                       .first = size.first,
                                       .count = size.mine});
  gradient_sum_.begin(updates);
  at::Tensor outputs = target_.make({0, model::rnn_output_size(network_.model)});
  if (size.mine > 0) outputs = model::run_layers(directions_, batch.inputs, make_dropout(size));
  // The gradient is that of the mean over the batches between two updates.
  const float scale = 1.0f / static_cast<float>(size.global * options_.gradient_accumulation_steps);
  const at::Tensor gradient = head_.train(outputs.detach().contiguous(), batch.memory(), size, scale);
  gradient_sum_.head_ready();
  if (size.mine > 0) outputs.backward(gradient);
  gradient_sum_.finish();
  if (updates)
    optimizer_.update(reinterpret_cast<const Rate*>(memory_.rates.const_data_ptr<float>()),
                      memory_.batch.const_data_ptr<std::int64_t>());
  advance(target_.stream, memory_.batch.mutable_data_ptr<std::int64_t>(),
          memory_.step.mutable_data_ptr<std::int64_t>());
}

void StepProgram::enqueue_evaluation(std::int64_t first, std::int64_t samples) {
  const at::NoGradGuard no_tape;
  const GatheredBatch batch =
      enqueue_gather(validation_.get(), {.batch = memory_.batch.const_data_ptr<std::int64_t>(),
                                         .batch_size = options_.batch_size,
                                         .first = first,
                                         .count = samples});
  const at::Tensor outputs = model::run_layers(directions_, batch.inputs, nullptr);
  head_.evaluate(outputs.contiguous(), batch.memory(), samples);
  advance(target_.stream, memory_.batch.mutable_data_ptr<std::int64_t>(), nullptr);
}

StepProgram::GatheredBatch StepProgram::enqueue_gather(const Samples& samples,
                                                       const BatchSelection& selection) {
  GatheredBatch batch{target_.make({samples.time, selection.count, samples.features}), {}, {}};
  if (samples.labels != nullptr)
    batch.labels = target_.make({selection.count}, at::kInt);
  else
    batch.targets = target_.make({selection.count});
  gather(target_.stream, samples, selection, batch.memory());
  return batch;
}

model::Dropout StepProgram::make_dropout(const BatchSize& size) {
  if (network_.model.dropout == 0) return nullptr;
  return [this, size](const at::Tensor& inputs, std::int64_t layer, bool backward) {
    const at::Tensor mask = target_.make({1, inputs.size(1), inputs.size(2)});
    fill_dropout_mask(target_.stream, {.seed = network_.seed, .layer = layer, .backward = backward},
                      memory_.step.const_data_ptr<std::int64_t>(), network_.model.dropout, size.first,
                      inputs.size(1), inputs.size(2), mask.mutable_data_ptr<float>());
    return inputs.mul(mask);
  };
}

}  // namespace cellsweep::device
