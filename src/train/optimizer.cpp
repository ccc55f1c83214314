#include "train/optimizer.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "train/gradient_norm.h"

namespace cellsweep::train {
namespace {

void scale_to_norm(std::span<float> values, double limit) {
  const double length = l2_norm(values);
  if (length <= limit) return;
  const float factor = static_cast<float>(limit / length);
  for (float& value : values) value *= factor;
}

}  // namespace

double OptimizerOptions::base_learning_rate() const {
  return learning_rate.value_or(name == OptimizerName::sgd ? 0.01 : 0.001);
}

void clip_gradients(const OptimizerOptions& options, const model::Layout& layout,
                    std::span<float> gradients) {
  if (options.clipvalue) {
    const float limit = static_cast<float>(*options.clipvalue);
    for (float& value : gradients) value = std::clamp(value, -limit, limit);
  }
  if (options.clipnorm)
    for (const model::Weight& weight : layout.trainable)
      scale_to_norm(gradients.subspan(weight.offset, weight.size), *options.clipnorm);
  if (options.global_clipnorm) scale_to_norm(gradients, *options.global_clipnorm);
}

bool has_first_moment(const OptimizerOptions& options) {
  const bool is_adam = options.name == OptimizerName::adam || options.name == OptimizerName::adamw;
  return is_adam || options.momentum > 0;
}

bool has_second_moment(const OptimizerOptions& options) {
  return options.name != OptimizerName::sgd;
}

Optimizer::Optimizer(const OptimizerOptions& options, std::int64_t size) : options_(options) {
  if (has_first_moment(options)) first_.resize(size);
  if (has_second_moment(options)) second_.resize(size);
}

void Optimizer::restore(std::int64_t updates, std::span<const float> first, std::span<const float> second) {
  assert(first.size() == first_.size() && second.size() == second_.size());
  updates_ = updates;
  std::ranges::copy(first, first_.begin());
  std::ranges::copy(second, second_.begin());
}

void Optimizer::update(std::span<float> parameters, std::span<const float> gradients, double learning_rate) {
  assert(parameters.size() == gradients.size());
  ++updates_;
  const float rate = static_cast<float>(learning_rate);
  switch (options_.name) {
    case OptimizerName::sgd:
      return sgd(parameters, gradients, rate);
    case OptimizerName::adamw: {
      // Decoupled decay (Loshchilov and Hutter, 2019), before the step as in Keras.
      const float keep = 1.0f - static_cast<float>(options_.weight_decay) * rate;
      for (float& parameter : parameters) parameter *= keep;
      [[fallthrough]];
    }
    case OptimizerName::adam:
      return adam(parameters, gradients, rate);
    case OptimizerName::rmsprop:
      return rmsprop(parameters, gradients, rate);
  }
}

void Optimizer::sgd(std::span<float> parameters, std::span<const float> gradients, float rate) {
  if (first_.empty()) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] -= rate * gradients[i];
    return;
  }
  const float momentum = static_cast<float>(options_.momentum);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float velocity = momentum * first_[i] - rate * gradients[i];
    first_[i] = velocity;
    parameters[i] += options_.nesterov ? momentum * velocity - rate * gradients[i] : velocity;
  }
}

void Optimizer::adam(std::span<float> parameters, std::span<const float> gradients, float rate) {
  const double t = static_cast<double>(updates_);
  const float step =
      static_cast<float>(static_cast<double>(rate) * std::sqrt(1 - std::pow(options_.beta_2, t)) /
                         (1 - std::pow(options_.beta_1, t)));
  const float gain_1 = static_cast<float>(1 - options_.beta_1);
  const float gain_2 = static_cast<float>(1 - options_.beta_2);
  const float epsilon = static_cast<float>(options_.epsilon);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    first_[i] += (gradients[i] - first_[i]) * gain_1;
    second_[i] += (gradients[i] * gradients[i] - second_[i]) * gain_2;
    parameters[i] -= step * first_[i] / (std::sqrt(second_[i]) + epsilon);
  }
}

void Optimizer::rmsprop(std::span<float> parameters, std::span<const float> gradients, float rate) {
  const float rho = static_cast<float>(options_.rho);
  const float epsilon = static_cast<float>(options_.epsilon);
  const float momentum = static_cast<float>(options_.momentum);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    second_[i] = rho * second_[i] + (1 - rho) * gradients[i] * gradients[i];
    float increment = rate * gradients[i] / std::sqrt(second_[i] + epsilon);
    if (!first_.empty()) increment = first_[i] = momentum * first_[i] + increment;
    parameters[i] -= increment;
  }
}

}  // namespace cellsweep::train
