#include "train/checkpoint/checkpoint.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "data/sampler.h"
#include "model/metric_set.h"
#include "train/finite.h"
#include "train/optimizer.h"

namespace cellsweep::train {

void check_checkpoint_fits(const Checkpoint& checkpoint, const TrainOptions& options,
                           std::int64_t training_samples, std::int64_t outputs) {
  const auto& [config, progress, stepper] = checkpoint;
  const auto require = [](bool is_right, const char* what) {
    if (!is_right) throw UserError(std::string("does not fit this run: ") + what);
  };
  require(stepper.first.empty() != has_first_moment(options.optimizer) &&
              stepper.second.empty() != has_second_moment(options.optimizer),
          "its optimizer keeps other moments");
  require(all_finite(stepper.parameters) && all_finite(stepper.moving_statistics) &&
              all_finite(stepper.first) && all_finite(stepper.second),
          "its weights, or what its optimizer keeps, are not finite");
  const std::int64_t batches = data::batch_count(training_samples, options.batch_size);
  require(progress.epoch <= options.epochs && progress.batch <= batches &&
              stepper.steps <= progress.epoch * batches + progress.batch,
          "it has more steps than the epochs of these samples");
  // Engines write sums where the metrics have their places, and trust that they are there.
  const std::size_t sums = model::MetricSet(options.metrics, options.loss, outputs).zeros().more.size();
  require(std::ranges::all_of(stepper.shards.metrics,
                              [&](const model::MetricSums& shard) { return shard.more.size() == sums; }),
          "its sums are of other metrics");
  const std::int64_t samples =
      std::accumulate(stepper.shards.metrics.begin(), stepper.shards.metrics.end(), std::int64_t{0},
                      [](std::int64_t sum, const model::MetricSums& shard) { return sum + shard.samples; });
  require(samples == std::min(progress.batch * options.batch_size, training_samples),
          "the data has another number of samples");
  const bool is_between_updates = stepper.steps % options.gradient_accumulation_steps != 0;
  require(is_between_updates != stepper.shards.gradients.empty() &&
              stepper.updates == stepper.steps / options.gradient_accumulation_steps,
          "its updates do not follow from its steps");
}

}  // namespace cellsweep::train
