// A run that can be worked out by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/metric_set.h"
#include "train/trainer.h"

namespace cellsweep::train {

// A network of one weight: the output is the weight, the loss its squared distance from the mean of the
// inputs.
class OneWeight final : public model::Network {
 public:
  explicit OneWeight(float start) : parameter_{start} {
    layout_.trainable = {{"w", {1}, 0, 1}};
    layout_.trainable_size = 1;
  }
  const model::Layout& layout() const override { return layout_; }
  std::span<float> parameters() override { return parameter_; }
  std::span<float> gradients() override { return gradient_; }
  std::span<float> moving_statistics() override { return {}; }
  void forward_backward(const model::Batch& batch, std::int64_t) override {
    for (const float x : batch.inputs) gradient_[0] += 2 * (parameter_[0] - x);
    evaluate(batch, 0);
  }
  double forward_seconds() const override { return 0; }
  double reduction_seconds() const override { return 0; }
  void evaluate(const model::Batch& batch, std::int64_t) override {
    for (const float x : batch.inputs) sums_.loss += (parameter_[0] - x) * (parameter_[0] - x);
    sums_.samples += batch.samples;
  }
  void predict(const model::Batch&, std::span<float>) override {}
  const model::MetricSet& metric_set() const override { return metric_set_; }
  model::MetricSums metrics() override { return sums_; }
  std::vector<model::MetricSums> shard_metrics() override { return {sums_}; }
  void set_metrics(std::span<const model::MetricSums> sums) override { sums_ = sums.front(); }
  std::vector<model::MetricSums> take_metrics() override { return {std::exchange(sums_, {})}; }

 private:
  model::Layout layout_;
  model::MetricSet metric_set_{std::nullopt, model::Loss::mse, 1};
  std::vector<float> parameter_, gradient_ = {0};
  model::MetricSums sums_;
};

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    splits_.train = {.samples = 5,
                     .time = 1,
                     .features = 1,
                     .inputs = data::Array<float>({1, 2, 3, 4, 5}),
                     .labels = {},
                     .targets = std::vector<float>(5)};
    splits_.validation = splits_.train;
    options_.loss = model::Loss::mse;
    options_.batch_size = 2;
    options_.epochs = 2;
    options_.optimizer.learning_rate = 0.1;
  }
  // Ends with the weight in weight_.
  RunResult run() {
    const auto stepper =
        make_cpu_stepper({options_, 1, splits_, std::make_unique<OneWeight>(weight_), *group_});
    const RunResult result = run_training({.options = options_,
                                           .shuffle = false,
                                           .training_samples = splits_.train.samples,
                                           .stepper = *stepper,
                                           .group = *group_,
                                           .observer = observer_,
                                           .checkpointing = checkpointing_});
    weight_ = stepper->parameters()[0];
    return result;
  }

  data::Splits splits_;
  TrainOptions options_;
  float weight_ = 0;
  std::unique_ptr<comm::Communicator> group_ = comm::make_self_communicator();
  metrics::ObserverList observer_;
  std::optional<Checkpointing> checkpointing_;
};

}  // namespace cellsweep::train
