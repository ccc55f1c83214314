// Where each weight of the flat buffer is in cuDNN's.
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "device/cudnn_directions.h"

namespace cellsweep::device {
namespace {

// A layout as cuDNN's might be: biases first, then the recurrent weights, with gaps.
at::Tensor lay_out(const std::vector<at::Tensor>& weights) {
  std::int64_t size = 2;
  for (const at::Tensor& weight : weights) size += weight.numel() + 1;
  const at::Tensor buffer = at::zeros({size}, weights[0].options());
  std::int64_t offset = 2;
  for (const int i : {3, 1, 2, 0}) {
    buffer.narrow(0, offset, weights[i].numel()).copy_(weights[i].reshape({-1}));
    offset += weights[i].numel() + 1;
  }
  return buffer;
}

TEST(WeightMap, FindsEveryWeightOfTheFlatBuffer) {
  for (const auto cell : {model::Cell::simple_rnn, model::Cell::lstm, model::Cell::gru})
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const model::ModelOptions options{.cell = cell, .hidden_size = 70};  // more values than 128 * 128
      const model::Layout layout = model::make_layout(options, {.time = 1, .features = 9, .outputs = 2});
      const at::Tensor map = make_weight_map(options, layout, "rnn", type, lay_out);
      const auto* const places = map.const_data_ptr<std::int64_t>();
      std::vector<int> found(layout.trainable_size);
      for (std::int64_t i = 0; i < map.numel(); ++i)
        if (places[i] >= 0) ++found[places[i]];
      const std::int64_t of_cell = layout.find("rnn.bias")->offset + layout.find("rnn.bias")->size;
      for (std::int64_t i = 0; i < layout.trainable_size; ++i) EXPECT_EQ(found[i], i < of_cell ? 1 : 0) << i;
      // cuDNN's input weights are (gates * hidden, features), Keras' (features, gates * hidden).
      const std::int64_t gates = model::gate_count(cell) * 70;
      const std::int64_t w_ih = map.numel() - 1 - gates * 9;
      const std::int64_t first_gate =
          cell == model::Cell::gru ? 70 : 0;  // cuDNN's reset gate is Keras' second
      EXPECT_EQ(places[w_ih], first_gate);
      EXPECT_EQ(places[w_ih + 1], gates + first_gate);
      EXPECT_EQ(places[0], -1);
    }
}

}  // namespace
}  // namespace cellsweep::device
