#include "model/layout.h"

#include <functional>
#include <numeric>
#include <utility>

namespace cellsweep::model {
namespace {

void append(std::vector<Weight>& weights, std::int64_t& end, std::string name,
            std::vector<std::int64_t> shape) {
  const auto size = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  weights.push_back({std::move(name), std::move(shape), end, size});
  end += size;
}

}  // namespace

const Weight* Layout::find(std::string_view name) const {
  for (const auto* weights : {&trainable, &moving_statistics})
    for (const Weight& weight : *weights)
      if (weight.name == name) return &weight;
  return nullptr;
}

std::int64_t gate_count(Cell cell) {
  return cell == Cell::lstm ? 4 : cell == Cell::gru ? 3 : 1;
}

std::string rnn_prefix(const ModelOptions& options, std::int64_t layer, bool backward) {
  std::string prefix = layer == 0 ? "rnn" : "rnn_" + std::to_string(layer);
  if (options.bidirectional) prefix += backward ? ".backward" : ".forward";
  return prefix;
}

std::int64_t rnn_output_size(const ModelOptions& options) {
  return options.bidirectional ? 2 * options.hidden_size : options.hidden_size;
}

Layout make_layout(const ModelOptions& options, const DataShape& shape) {
  Layout layout;
  const auto add = [&layout](std::string name, std::vector<std::int64_t> sizes) {
    append(layout.trainable, layout.trainable_size, std::move(name), std::move(sizes));
  };
  const std::int64_t hidden = options.hidden_size;
  const std::int64_t gates = gate_count(options.cell) * hidden;
  const std::int64_t width = rnn_output_size(options);
  for (std::int64_t layer = 0; layer < options.layers; ++layer)
    for (int direction = 0; direction < (options.bidirectional ? 2 : 1); ++direction) {
      const std::string prefix = rnn_prefix(options, layer, direction == 1);
      add(prefix + ".kernel", {layer == 0 ? shape.features : width, gates});
      add(prefix + ".recurrent_kernel", {hidden, gates});
      add(prefix + ".bias",
          options.cell == Cell::gru ? std::vector<std::int64_t>{2, gates} : std::vector<std::int64_t>{gates});
    }
  if (options.batch_norm) {
    add("batch_norm.gamma", {width});
    add("batch_norm.beta", {width});
    append(layout.moving_statistics, layout.moving_statistics_size, "batch_norm.moving_mean", {width});
    append(layout.moving_statistics, layout.moving_statistics_size, "batch_norm.moving_variance", {width});
  }
  add("dense.kernel", {width, shape.outputs});
  add("dense.bias", {shape.outputs});
  return layout;
}

}  // namespace cellsweep::model
