#include <cmath>

#include "device/for_each.h"
#include "device/optimizer_kernels.h"

namespace cellsweep::device {
namespace {

// Keras' rules (keras/src/optimizers), for one value. `rule` changes what it is given and returns what is to
// be taken off the parameter.
template <class Rule>
void for_each_value(const Stream& stream, const Rate* rates, const std::int64_t* batch,
                    const UpdateMemory& memory, const Rule& rule) {
  for_each(stream, memory.size, [=] CELLSWEEP_HOST_DEVICE(std::int64_t i) {
    rule(i, rates[*batch], memory.gradients[i]);
    memory.gradients[i] = 0;
  });
}

void sgd(const Stream& stream, const train::OptimizerOptions& options, const Rate* rates,
         const std::int64_t* batch, const UpdateMemory& memory) {
  const auto momentum = static_cast<float>(options.momentum);
  const bool nesterov = options.nesterov;
  for_each_value(stream, rates, batch, memory,
                 [=] CELLSWEEP_HOST_DEVICE(std::int64_t i, Rate rate, float gradient) {
                   const float change = -rate.learning_rate * gradient;
                   if (memory.first == nullptr) {
                     memory.parameters[i] += change;
                     return;
                   }
                   const float velocity = momentum * memory.first[i] + change;
                   memory.first[i] = velocity;
                   memory.parameters[i] += nesterov ? momentum * velocity + change : velocity;
                 });
}

void adam(const Stream& stream, const train::OptimizerOptions& options, const Rate* rates,
          const std::int64_t* batch, const UpdateMemory& memory) {
  const auto gain_1 = static_cast<float>(1 - options.beta_1);
  const auto gain_2 = static_cast<float>(1 - options.beta_2);
  const auto epsilon = static_cast<float>(options.epsilon);
  // Decoupled decay (Loshchilov and Hutter, 2019), before the step as in Keras.
  const float decay =
      options.name == train::OptimizerName::adamw ? static_cast<float>(options.weight_decay) : 0.0f;
  for_each_value(stream, rates, batch, memory,
                 [=] CELLSWEEP_HOST_DEVICE(std::int64_t i, Rate rate, float gradient) {
                   float& first = memory.first[i];
                   float& second = memory.second[i];
                   first += (gradient - first) * gain_1;
                   second += (gradient * gradient - second) * gain_2;
                   memory.parameters[i] = memory.parameters[i] * (1.0f - decay * rate.learning_rate) -
                                          rate.adam_step * first / (sqrtf(second) + epsilon);
                 });
}

void rmsprop(const Stream& stream, const train::OptimizerOptions& options, const Rate* rates,
             const std::int64_t* batch, const UpdateMemory& memory) {
  const auto rho = static_cast<float>(options.rho);
  const auto epsilon = static_cast<float>(options.epsilon);
  const auto momentum = static_cast<float>(options.momentum);
  for_each_value(stream, rates, batch, memory,
                 [=] CELLSWEEP_HOST_DEVICE(std::int64_t i, Rate rate, float gradient) {
                   float& second = memory.second[i];
                   second = rho * second + (1 - rho) * gradient * gradient;
                   float change = rate.learning_rate * gradient / sqrtf(second + epsilon);
                   if (memory.first != nullptr)
                     change = memory.first[i] = momentum * memory.first[i] + change;
                   memory.parameters[i] -= change;
                 });
}

}  // namespace

void update(const Stream& stream, const train::OptimizerOptions& options, const Rate* rates,
            const std::int64_t* batch, const UpdateMemory& memory) {
  switch (options.name) {
    case train::OptimizerName::sgd:
      return sgd(stream, options, rates, batch, memory);
    case train::OptimizerName::adam:
    case train::OptimizerName::adamw:
      return adam(stream, options, rates, batch, memory);
    case train::OptimizerName::rmsprop:
      return rmsprop(stream, options, rates, batch, memory);
  }
}

}  // namespace cellsweep::device
