#include "model/fused/panels.h"

#include <algorithm>

#include "model/fused/kernels.h"
#include "model/layout.h"

namespace cellsweep::model::fused {
namespace {

constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

enum class Source { input, state };

// What one register of one panel holds: consecutive units of one gate.
struct GateBlock {
  std::int64_t panel, column;      // where it begins
  std::int64_t gate, unit, count;  // count: units that are not padding
  bool from_input, from_state;     // which products feed it
};

template <class Visit>
void for_each_gate_block(const LayerShape& shape, const Visit& visit) {
  const bool units_only = shape.cell == Cell::simple_rnn;
  for (std::int64_t panel = 0; panel < shape.panels; ++panel)
    for (std::int64_t i = 0; i < panel_registers; ++i) {
      GateBlock block{.panel = panel,
                      .column = i * shape.lanes,
                      .gate = units_only ? 0 : i,
                      .unit = (units_only ? panel * panel_registers + i : panel) * shape.lanes,
                      .count = 0,
                      .from_input = true,
                      .from_state = true};
      if (shape.cell == Cell::gru) {  // the candidate has a register for each of its halves
        block.gate = std::min<std::int64_t>(i, 2);
        block.from_input = i != 3;
        block.from_state = i != 2;
      }
      block.count = std::clamp<std::int64_t>(shape.units - block.unit, 0, shape.lanes);
      visit(block);
    }
}

// Row `row` of a (rows, gates * units) matrix, from the block's first unit on.
std::int64_t in_keras(const LayerShape& shape, const GateBlock& block, std::int64_t row) {
  return (row * gate_count(shape.cell) + block.gate) * shape.units + block.unit;
}

std::int64_t in_panels(const LayerShape& shape, const GateBlock& block, std::int64_t row) {
  return (block.panel * (shape.padded_features + shape.padded_units) + row) * shape.width + block.column;
}

void transpose(const LayerShape& shape, Source source, std::span<const float> matrix, std::int64_t rows,
               float* packed) {
  for_each_gate_block(shape, [&](const GateBlock& block) {
    if (source == Source::input ? !block.from_input : !block.from_state) return;
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* from = matrix.data() + in_keras(shape, block, row);
      float* to =
          packed +
          ((row / shape.width * shape.panels + block.panel) * shape.width + block.column) * shape.width +
          row % shape.width;
      for (std::int64_t i = 0; i < block.count; ++i) to[i * shape.width] = from[i];
    }
  });
}

}  // namespace

LayerShape::LayerShape(Cell cell_kind, std::int64_t feature_count, std::int64_t unit_count,
                       bool wants_input_gradient)
    : cell(cell_kind),
      features(feature_count),
      units(unit_count),
      lanes(fused::lanes()),
      width(panel_registers * lanes),
      padded_features(wants_input_gradient ? round_up(features, width) : padded_rows(features)),
      padded_units(round_up(units, width)),
      panels(cell == Cell::simple_rnn ? padded_units / width : padded_units / lanes) {}

void pack_weights(const LayerShape& shape, const LayerWeights& weights, float* packed, float* bias) {
  for_each_gate_block(shape, [&](const GateBlock& block) {
    for (std::int64_t row = 0; block.from_input && row < shape.features; ++row)
      std::copy_n(weights.kernel.data() + in_keras(shape, block, row), block.count,
                  packed + in_panels(shape, block, row));
    for (std::int64_t row = 0; block.from_state && row < shape.units; ++row)
      std::copy_n(weights.recurrent_kernel.data() + in_keras(shape, block, row), block.count,
                  packed + in_panels(shape, block, shape.padded_features + row));
    // A gru has two biases, for the input's products and for the state's; others have one.
    const bool two = shape.cell == Cell::gru;
    const float* first = weights.bias.data() + in_keras(shape, block, 0);
    const float* second = two ? weights.bias.data() + in_keras(shape, block, 1) : nullptr;
    float* to = bias + block.panel * shape.width + block.column;
    for (std::int64_t i = 0; i < block.count; ++i)
      to[i] = (block.from_input ? first[i] : 0.0f) + (two && block.from_state ? second[i] : 0.0f);
  });
}

void pack_transposed(const LayerShape& shape, const LayerWeights& weights, float* packed) {
  transpose(shape, Source::state, weights.recurrent_kernel, shape.units, packed);
}

void pack_input_transposed(const LayerShape& shape, const LayerWeights& weights, float* packed) {
  transpose(shape, Source::input, weights.kernel, shape.features, packed);
}

void unpack_gradients(const LayerShape& shape, const float* packed, const float* bias,
                      const LayerWeights& gradients) {
  const auto add = [](const float* from, std::int64_t count, float* to) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
  };
  for_each_gate_block(shape, [&](const GateBlock& block) {
    for (std::int64_t row = 0; block.from_input && row < shape.features; ++row)
      add(packed + in_panels(shape, block, row), block.count,
          gradients.kernel.data() + in_keras(shape, block, row));
    for (std::int64_t row = 0; block.from_state && row < shape.units; ++row)
      add(packed + in_panels(shape, block, shape.padded_features + row), block.count,
          gradients.recurrent_kernel.data() + in_keras(shape, block, row));
    const float* from = bias + block.panel * shape.width + block.column;
    if (block.from_input) add(from, block.count, gradients.bias.data() + in_keras(shape, block, 0));
    if (shape.cell == Cell::gru && block.from_state)
      add(from, block.count, gradients.bias.data() + in_keras(shape, block, 1));
  });
}

}  // namespace cellsweep::model::fused
