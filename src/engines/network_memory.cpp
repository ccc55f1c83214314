#include "engines/network_memory.h"

#include <algorithm>

#include "model/fused/kernels.h"
#include "model/fused/panels.h"

namespace cellsweep::engines {
namespace {

constexpr double value = sizeof(float);

// The samples of a batch in training, and in an evaluation, as floating-point numbers: products of sizes that
// a config permits are beyond 64 bits.
struct Samples {
  double training, validation;
  double most() const { return std::max(training, validation); }
};

// One direction of one layer, in values, as fused::Direction has them.
NetworkMemory direction_memory(const model::NetworkOptions& options, std::int64_t layer,
                               const Samples& samples) {
  const model::ModelOptions& model = options.model;
  const bool has_layer_below = layer > 0, is_last = layer + 1 == model.layers;
  const model::fused::LayerShape shape(
      model.cell, has_layer_below ? model::rnn_output_size(model) : options.shape.features, model.hidden_size,
      has_layer_below);
  const auto time = static_cast<double>(options.shape.time),
             features = static_cast<double>(shape.padded_features),
             units = static_cast<double>(shape.padded_units),
             row = static_cast<double>(shape.panels) * static_cast<double>(shape.width);
  const auto shards = static_cast<double>(options.shards);
  NetworkMemory memory;
  memory.weights =
      (1 + shards) * (features + units + 1) * row + units * row + (has_layer_below ? features * row : 0);
  const double states = (time + 1) * samples.most() * units;
  memory.workspaces = time * samples.most() * features + (model.cell == model::Cell::lstm ? 2 : 1) * states;
  const double kept = model.cell == model::Cell::simple_rnn ? std::min(time, 2.0) : time;
  memory.workspaces += std::max(kept * samples.training, std::min(time, 2.0) * samples.validation) * row;
  memory.workspaces += (is_last ? 1 : time) * samples.training * units;
  if (has_layer_below) memory.workspaces += time * samples.training * features;
  return memory;
}

NetworkMemory fused_memory(const model::NetworkOptions& options, const Samples& samples) {
  NetworkMemory memory;
  for (std::int64_t layer = 0; layer < options.model.layers; ++layer)
    for (int i = 0; i < (options.model.bidirectional ? 2 : 1); ++i) {
      const NetworkMemory one = direction_memory(options, layer, samples);
      // Each thread has weights of its own, and its part of the batch.
      memory.weights += one.weights * options.threads;
      memory.workspaces += one.workspaces;
    }
  const auto width = static_cast<double>(model::rnn_output_size(options.model));
  if (options.model.layers > 1)
    memory.workspaces += static_cast<double>(options.shape.time) * samples.training * width;
  return memory;
}

// Inputs as floats, and of each layer the gates and states that the backward pass needs.
NetworkMemory torch_memory(const model::NetworkOptions& options, const Samples& samples) {
  const model::ModelOptions& model = options.model;
  const auto width = static_cast<double>(model::rnn_output_size(model)),
             features = static_cast<double>(options.shape.features);
  const double gates =
      model.cell == model::Cell::simple_rnn ? 1 : static_cast<double>(model::gate_count(model.cell)) + 1;
  const auto steps = static_cast<double>(options.shape.time);
  return {.workspaces = steps * std::max(samples.training *
                                             (features + static_cast<double>(model.layers) * gates * width),
                                         samples.validation * (features + width))};
}

}  // namespace

NetworkMemory network_memory(const model::NetworkOptions& options, std::int64_t training_samples,
                             std::int64_t validation_samples) {
  const Samples samples{static_cast<double>(training_samples), static_cast<double>(validation_samples)};
  const model::Layout layout = model::make_layout(options.model, options.shape);
  const auto parameters = static_cast<double>(layout.trainable_size);
  const auto shards = static_cast<double>(options.shards);
  const auto outputs = static_cast<double>(options.shape.outputs);
  const auto width = static_cast<double>(model::rnn_output_size(options.model));
  const bool is_torch = options.engine == model::Engine::torch;
  NetworkMemory memory = is_torch ? torch_memory(options, samples) : fused_memory(options, samples);
  memory.weights +=
      parameters * (1 + shards) + static_cast<double>(layout.moving_statistics_size) + width * outputs;
  if (!is_torch && options.threads > 1) memory.weights += parameters * shards * options.threads;
  // The head: logits and their gradient, and those of an evaluation; its inputs, normalised, and their
  // gradient.
  memory.workspaces +=
      outputs * (2 * samples.training + samples.validation) + width * (3 * samples.training + samples.most());
  return {memory.weights * value, memory.workspaces * value};
}

}  // namespace cellsweep::engines
