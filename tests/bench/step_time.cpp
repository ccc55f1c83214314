// Times training steps of one cell on one thread, at the command of step_time.py. Lines on stdin:
//   run N    N steps (forward, backward, sgd); prints the median in milliseconds
//   peak     prints this core's f32 multiply-add rate in GFLOP/s
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/fma_peak.h"
#include "base/random.h"
#include "comm/communicator.h"
#include "comm/gradient_reducer.h"
#include "model/network.h"
#include "train/optimizer.h"

namespace cellsweep {
namespace {

constexpr std::int64_t hidden = 64, samples = 64, time_steps = 28, features = 28, classes = 10;
using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// One rank's whole training step, without data loading.
class Step {
 public:
  explicit Step(model::Cell cell)
      : group_(comm::make_self_communicator()),
        reducer_(*group_),
        network_(
            model::make_network({.model = {.cell = cell, .hidden_size = hidden, .initial_weights = {}},
                                 .shape = {.time = time_steps, .features = features, .outputs = classes}},
                                *group_)),
        optimizer_({}, network_->layout().trainable_size),
        inputs_(samples * time_steps * features),
        labels_(samples) {
    const RandomSequence random(1, RandomPurpose::synthetic_data, 0);
    for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i] = static_cast<float>(random.uniform(i));
    for (std::size_t i = 0; i < labels_.size(); ++i)
      labels_[i] = static_cast<std::int32_t>(random.below(i + inputs_.size(), classes));
  }

  void operator()() {
    std::ranges::fill(network_->gradients(), 0.0f);
    network_->forward_backward(
        {.samples = samples, .inputs = inputs_, .labels = labels_, .targets = {}, .global_samples = samples},
        step_++);
    reducer_.reduce(network_->gradients(), 1, samples);
    optimizer_.update(network_->parameters(), network_->gradients(), 0.01);
  }

 private:
  std::unique_ptr<comm::Communicator> group_;
  comm::GradientReducer reducer_;
  std::unique_ptr<model::Network> network_;
  train::Optimizer optimizer_;
  std::vector<float> inputs_;
  std::vector<std::int32_t> labels_;
  std::int64_t step_ = 0;
};

double median_step(Step& step, int count) {
  std::vector<double> times(static_cast<std::size_t>(count));
  for (double& time : times) {
    const auto start = Clock::now();
    step();
    time = milliseconds(Clock::now() - start);
  }
  const auto middle = times.begin() + count / 2;
  std::ranges::nth_element(times, middle);
  return *middle;
}

int serve(model::Cell cell) {
  Step step(cell);
  for (std::string word; std::cin >> word;) {
    if (int count = 0; word == "run" && std::cin >> count && count > 0)
      std::cout << median_step(step, count) << std::endl;
    else if (word == "peak")
      std::cout << measure_fma_peak() << std::endl;
    else
      return 2;
  }
  return 0;
}

}  // namespace
}  // namespace cellsweep

int main(int argc, char** argv) {
  const auto cell = cellsweep::from_name<cellsweep::model::Cell>(argc == 2 ? argv[1] : "");
  if (!cell) {
    std::cerr << "usage: step_time simple_rnn|lstm|gru, driven by step_time.py\n";
    return 2;
  }
  return cellsweep::serve(*cell);
}
