// A network is the same for every engine, but for its recurrent layers.
#include "engines/make_network.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stopwatch.h"
#include "comm/timed_communicator.h"
#include "engines/torch_library.h"
#include "model/fused/fused_recurrent.h"
#include "model/fused/threaded_recurrent.h"
#include "model/head.h"
#include "model/initializers.h"
#include "model/loss.h"
#include "model/metric_set.h"
#include "model/recurrent.h"

namespace cellsweep::engines {
namespace {

std::unique_ptr<model::Recurrent> make_recurrent(const model::NetworkOptions& options,
                                                 const model::Layout& layout, std::span<float> parameters,
                                                 std::span<float> gradients) {
  const EngineChoice choice = choose_engine(options.engine, options.shards > 1, false);
  if (choice.engine == model::Engine::torch)
    return load_torch_library().make_recurrent(options, layout, parameters, gradients);
  const auto make =
      options.threads > 1 ? model::fused::make_threaded_recurrent : model::fused::make_recurrent;
  return make(options, layout, parameters, gradients);
}

class RecurrentNetwork : public model::Network {
 public:
  RecurrentNetwork(const model::NetworkOptions& options, comm::Communicator& group)
      : options_(options),
        group_(group),
        layout_(model::make_layout(options.model, options.shape)),
        parameters_(layout_.trainable_size),
        gradients_(parameters_.size() * options.shards),
        moving_(layout_.moving_statistics_size),
        recurrent_(make_recurrent(options, layout_, parameters_, gradients_)),
        head_(options, layout_, {parameters_, gradients_, moving_}, group_),
        metric_set_(options.metrics, options.loss, options.shape.outputs),
        sums_(options.shards, metric_set_.zeros()) {
    model::set_initial_weights(options.model, layout_, options.seed, parameters_, moving_);
  }

  const model::Layout& layout() const override { return layout_; }
  std::span<float> parameters() override { return parameters_; }
  std::span<float> gradients() override { return gradients_; }
  std::span<float> moving_statistics() override { return moving_; }

  void forward_backward(const model::Batch& batch, std::int64_t step) override {
    const Stopwatch stopwatch;
    std::span<const float> features;
    if (batch.samples > 0) features = recurrent_->forward(batch, step);
    head_.forward(batch, features, sums_);
    forward_seconds_ += stopwatch.seconds();
    const std::span<float> gradient = head_.backward(batch);
    if (batch.samples > 0) recurrent_->backward(gradient);
  }

  double forward_seconds() const override { return forward_seconds_; }
  double reduction_seconds() const override { return group_.seconds(); }

  void evaluate(const model::Batch& batch, std::int64_t shard) override {
    outputs_.resize(batch.samples * options_.shape.outputs);
    predict(batch, outputs_);
    model::compute_loss(options_.loss, batch, metric_set_.layout(), outputs_, {}, sums_[shard]);
  }

  void predict(const model::Batch& batch, std::span<float> out) override {
    if (batch.samples > 0) head_.infer(batch.samples, recurrent_->infer(batch), out);
  }

  const model::MetricSet& metric_set() const override { return metric_set_; }
  model::MetricSums metrics() override {
    model::MetricSums total = metric_set_.zeros();
    for (const model::MetricSums& sums : sums_) model::add(sums, total);
    return total;
  }
  std::vector<model::MetricSums> shard_metrics() override { return sums_; }
  void set_metrics(std::span<const model::MetricSums> sums) override {
    sums_.assign(sums.begin(), sums.end());
  }
  std::vector<model::MetricSums> take_metrics() override {
    return std::exchange(sums_, std::vector<model::MetricSums>(sums_.size(), metric_set_.zeros()));
  }

 private:
  model::NetworkOptions options_;
  comm::TimedCommunicator group_;
  model::Layout layout_;
  std::vector<float> parameters_, gradients_, moving_;
  std::unique_ptr<model::Recurrent> recurrent_;
  model::Head head_;
  model::MetricSet metric_set_;
  std::vector<model::MetricSums> sums_;  // of each shard
  std::vector<float> outputs_;
  double forward_seconds_ = 0;
};

}  // namespace

EngineChoice choose_engine(model::Engine requested, bool reproducible, bool on_gpu) {
  if (requested == model::Engine::torch && reproducible)
    throw UserError(
        "parallel.reproducible needs parallel.engine fused or auto: torch does not fix the order of "
        "additions");
  if (requested == model::Engine::cudnn && !on_gpu)
    throw UserError("parallel.engine: cudnn computes on GPUs, and there is none for each rank");
  if (requested == model::Engine::fused && on_gpu)
    throw UserError("parallel.engine: fused computes on CPUs; on GPUs, use cudnn, torch or auto");
  if (requested != model::Engine::automatic) return {requested, "parallel.engine asks for it"};
  if (on_gpu) return {model::Engine::cudnn, "the fastest on a GPU"};
  return {model::Engine::fused, "the fastest on a CPU"};
}

void require_engine(model::Engine engine) {
  if (engine == model::Engine::torch || engine == model::Engine::cudnn) load_torch_library();
}

std::unique_ptr<model::Network> make_network(const model::NetworkOptions& options,
                                             comm::Communicator& group) {
  return std::make_unique<RecurrentNetwork>(options, group);
}

}  // namespace cellsweep::engines
