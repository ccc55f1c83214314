// Where each weight is in the flat buffers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/model_options.h"

namespace cellsweep::model {

// One weight, in Keras' layout, row-major.
struct Weight {
  std::string name;  // as in the weights file: "rnn.kernel", "batch_norm.gamma", …
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;  // in values, from the start of its buffer
  std::int64_t size = 0;    // in values
};

// The weights of a network: trainable ones share one flat buffer (and their gradients another of the same
// layout), moving statistics of batch normalisation share a third. Names and shapes are Keras':
//   rnn.kernel (input, gates*H), rnn.recurrent_kernel (H, gates*H), rnn.bias (gates*H; gru: 2, 3*H)
//   further layers rnn_1, rnn_2, …; bidirectional: rnn.forward.kernel …, rnn.backward.kernel …
//   batch_norm.gamma, .beta | .moving_mean, .moving_variance; dense.kernel (in, outputs), dense.bias
// Gate order: lstm i,f,c,o; gru z,r,h.
struct Layout {
  std::vector<Weight> trainable;
  std::vector<Weight> moving_statistics;
  std::int64_t trainable_size = 0;  // values in the flat parameter buffer
  std::int64_t moving_statistics_size = 0;

  // The weight of that name, trainable or moving; null when there is none.
  const Weight* find(std::string_view name) const;
};

// 1, 4 or 3 for simple_rnn, lstm, gru.
std::int64_t gate_count(Cell cell);
// The name prefix of one direction of one layer: "rnn", "rnn_1", "rnn.forward", "rnn_1.backward", …
std::string rnn_prefix(const ModelOptions& options, std::int64_t layer, bool backward);
// Width of the last recurrent layer's outputs: hidden_size, twice that when bidirectional.
std::int64_t rnn_output_size(const ModelOptions& options);

Layout make_layout(const ModelOptions& options, const DataShape& shape);

}  // namespace cellsweep::model
