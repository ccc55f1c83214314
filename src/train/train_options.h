// How a run learns. Names are Keras', and so are defaults but those of epochs, batch_size, the optimizer's
// name and restore_best_weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/enum_names.h"
#include "model/model_options.h"

namespace cellsweep::train {

enum class OptimizerName { sgd, adam, adamw, rmsprop };
enum class ScheduleName { constant, step, cosine };
// The precision of matrix products on a GPU. Weights, statistics and sums are floats in each.
enum class Precision { f32, tf32, bf16 };

struct OptimizerOptions {
  OptimizerName name = OptimizerName::sgd;
  std::optional<double> learning_rate{};    // unset: Keras' default of the optimizer (sgd 0.01, others 0.001)
  double momentum = 0;                      // sgd, rmsprop
  bool nesterov = false;                    // sgd
  double beta_1 = 0.9;                      // adam, adamw
  double beta_2 = 0.999;                    // adam, adamw
  double rho = 0.9;                         // rmsprop
  double epsilon = 1e-7;                    // adam, adamw, rmsprop
  double weight_decay = 0.004;              // adamw
  std::optional<double> clipnorm{};         // each weight's gradient is scaled down to this norm
  std::optional<double> global_clipnorm{};  // all gradients together are
  std::optional<double> clipvalue{};        // each value is cut to [-clipvalue, clipvalue]
  // The effective rate before any schedule.
  double base_learning_rate() const;
};

// Learning rate over updates. With warm-up it rises in a straight line from 0 over `warmup_steps` updates,
// then the rest runs as if it began there.
struct ScheduleOptions {
  ScheduleName name = ScheduleName::constant;
  std::int64_t warmup_steps = 0;
  // step: updates between two decays; cosine: length of the fall (default: to the end of the run)
  std::optional<std::int64_t> decay_steps{};
  double decay_rate = 0.1;  // step: factor of each decay
  double alpha = 0;         // cosine: the fraction of the learning rate that is left at the end
};

// Keras' EarlyStopping, whose restore_best_weights is false by default; off while `patience` is unset.
struct EarlyStoppingOptions {
  std::optional<std::int64_t> patience{};
  std::string monitor = "val_loss";  // the name of a metric that the run has
  double min_delta = 0;
  bool restore_best_weights = true;
};

struct TrainOptions {
  std::int64_t epochs = 10;
  std::int64_t batch_size = 64;  // of the whole group
  std::uint64_t seed = 1;
  model::Loss loss = model::Loss::sparse_categorical_crossentropy;
  std::optional<std::vector<std::string>> metrics{};  // beside the loss; unset: a classification's accuracy
  OptimizerOptions optimizer{};
  ScheduleOptions schedule{};
  std::int64_t gradient_accumulation_steps = 1;  // batches whose gradients are averaged for one update
  Precision precision = Precision::f32;
  std::optional<std::int64_t> max_steps{};  // ends the run after so many batches
  EarlyStoppingOptions early_stopping{};
};

}  // namespace cellsweep::train

namespace cellsweep {
template <>
inline constexpr auto enum_names<train::OptimizerName> =
    std::to_array<std::string_view>({"sgd", "adam", "adamw", "rmsprop"});
template <>
inline constexpr auto enum_names<train::ScheduleName> =
    std::to_array<std::string_view>({"constant", "step", "cosine"});
template <>
inline constexpr auto enum_names<train::Precision> = std::to_array<std::string_view>({"f32", "tf32", "bf16"});
}  // namespace cellsweep
