#include "device/optimizer.h"

#include <cmath>
#include <vector>

#include "train/optimizer.h"
#include "train/schedule.h"

namespace cellsweep::device {
namespace {

// Scales down to a norm of at most `limit`, as Keras does; there is nothing to read back.
void scale_to_norm(const at::Tensor& values, double limit) {
  const at::Tensor norm = values.norm();
  values.mul_(norm.reciprocal().mul_(limit).clamp_max_(1.0));
}

}  // namespace

Optimizer::Optimizer(const train::OptimizerOptions& options, const model::Layout& layout,
                     const at::Tensor& parameters, const at::Tensor& gradients, const ExecutionTarget& target)
    : options_(options), layout_(layout), target_(target), parameters_(parameters), gradients_(gradients) {
  if (train::has_first_moment(options)) first_ = target.make_zeros({layout.trainable_size});
  if (train::has_second_moment(options)) second_ = target.make_zeros({layout.trainable_size});
}

void Optimizer::update(const Rate* rates, const std::int64_t* batch) {
  clip();
  device::update(target_.stream, options_, rates, batch,
                 {.size = layout_.trainable_size,
                  .parameters = parameters_.mutable_data_ptr<float>(),
                  .gradients = gradients_.mutable_data_ptr<float>(),
                  .first = first_.defined() ? first_.mutable_data_ptr<float>() : nullptr,
                  .second = second_.defined() ? second_.mutable_data_ptr<float>() : nullptr});
}

void Optimizer::save(std::vector<float>& first, std::vector<float>& second) const {
  const auto copy = [this](const at::Tensor& from, std::vector<float>& to) {
    if (!from.defined()) return;
    to.resize(layout_.trainable_size);
    download(from, to);
  };
  copy(first_, first);
  copy(second_, second);
}

void Optimizer::restore(std::span<const float> first, std::span<const float> second) {
  if (first_.defined()) upload(first, first_);
  if (second_.defined()) upload(second, second_);
}

bool Optimizer::is_finite() const {
  return (!first_.defined() || all_finite(first_)) && (!second_.defined() || all_finite(second_));
}

void Optimizer::clip() {
  if (options_.clipvalue) gradients_.clamp_(-*options_.clipvalue, *options_.clipvalue);
  if (options_.clipnorm)
    for (const model::Weight& weight : layout_.trainable)
      scale_to_norm(gradients_.narrow(0, weight.offset, weight.size), *options_.clipnorm);
  if (options_.global_clipnorm) scale_to_norm(gradients_, *options_.global_clipnorm);
}

std::vector<Rate> make_rates(const train::TrainOptions& options, std::int64_t batches, std::int64_t steps,
                             std::int64_t total_updates) {
  const train::OptimizerOptions& optimizer = options.optimizer;
  std::vector<Rate> rates;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const std::int64_t update = (steps + batch) / options.gradient_accumulation_steps;
    const double rate =
        train::learning_rate(options.schedule, optimizer.base_learning_rate(), update, total_updates);
    const auto t = static_cast<double>(update + 1);
    const double adam_step = static_cast<double>(static_cast<float>(rate)) *
                             std::sqrt(1 - std::pow(optimizer.beta_2, t)) /
                             (1 - std::pow(optimizer.beta_1, t));
    rates.push_back({static_cast<float>(rate), static_cast<float>(adam_step)});
  }
  return rates;
}

}  // namespace cellsweep::device
