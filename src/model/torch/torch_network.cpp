// The engine on LibTorch: recurrent layers on its autograd, the head written out.
#include <ATen/Parallel.h>

#include <utility>
#include <vector>

#include "model/initializers.h"
#include "model/loss.h"
#include "model/network.h"
#include "model/torch/head.h"
#include "model/torch/recurrent.h"
#include "model/weights_file.h"

namespace cellsweep::model {
namespace {

class TorchNetwork : public Network {
 public:
  TorchNetwork(const NetworkOptions& options, comm::Communicator& group)
      : options_(options),
        layout_(make_layout(options.model, options.shape)),
        parameters_(static_cast<std::size_t>(layout_.trainable_size)),
        gradients_(parameters_.size()),
        moving_(static_cast<std::size_t>(layout_.moving_size)),
        recurrent_(options, layout_, parameters_, gradients_),
        head_(options, layout_, {parameters_, gradients_, moving_}, group) {
    if (options.model.initial_weights.empty()) {
      initialize_weights(options.model, layout_, options.seed, parameters_, moving_);
    } else {
      read_weights(options.model.initial_weights, layout_, parameters_, moving_);
    }
  }

  const Layout& layout() const override { return layout_; }
  std::span<float> parameters() override { return parameters_; }
  std::span<float> gradients() override { return gradients_; }
  std::span<float> moving() override { return moving_; }

  void forward_backward(const Batch& batch, std::int64_t step) override {
    std::span<const float> features;
    if (batch.samples > 0) features = recurrent_.forward(batch, step);
    const std::span<float> gradient = head_.train(batch, features, sums_);
    if (batch.samples > 0) recurrent_.backward(gradient);
  }

  void evaluate(const Batch& batch) override {
    outputs_.resize(static_cast<std::size_t>(batch.samples * options_.shape.outputs));
    predict(batch, outputs_);
    compute_loss(options_.loss, batch, outputs_, {}, sums_);
  }

  void predict(const Batch& batch, std::span<float> out) override {
    if (batch.samples > 0) head_.infer(batch.samples, recurrent_.infer(batch), out);
  }

  MetricSums take_metrics() override { return std::exchange(sums_, {}); }

 private:
  NetworkOptions options_;
  Layout layout_;
  std::vector<float> parameters_, gradients_, moving_;
  Recurrent recurrent_;
  Head head_;
  MetricSums sums_;
  std::vector<float> outputs_;
};

}  // namespace

std::unique_ptr<Network> make_network(const NetworkOptions& options, comm::Communicator& group) {
  return std::make_unique<TorchNetwork>(options, group);
}

void set_compute_threads(int threads) {
  at::set_num_threads(threads);
}

}  // namespace cellsweep::model
