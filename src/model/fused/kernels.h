// The arithmetic of one direction of one recurrent layer, on SIMD registers. The instruction set is chosen
// when the program runs (AVX-512, AVX2, SSE4 or NEON, by Google Highway).
//
// Layout. A *panel* is four registers wide. Weights, gates and their gradients are stored in panels, so that
// a tile of a few rows by one panel is multiplied without leaving the registers, and the epilogue finds all
// gates of a unit in them:
//   lstm        registers i, f, c, o of as many units as a register has lanes
//   gru         registers z, r, and the candidate's two halves: from the input, from the state
//   simple_rnn  four registers of units
// Sizes are padded with zeros: samples and features to an even number of at least four (tiles have two,
// four or six rows), units to a panel's width. A padded unit or sample stays zero through forward and
// backward.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/model_options.h"

namespace cellsweep::model::fused {

// Registers in a panel.
constexpr std::int64_t panel_registers = 4;

// Lanes of a register of this machine.
std::int64_t lanes();

// The smallest number of rows that tiles can be made of, at least `rows`.
constexpr std::int64_t padded_rows(std::int64_t rows) {
  return rows < 4 ? 4 : rows + rows % 2;
}

// One direction of one layer, for one batch. Sizes are padded; `width` is that of a panel in values. Buffers
// are row-major and aligned to 64 bytes; only what forward or backward names is touched.
struct LayerTask {
  Cell cell = Cell::lstm;
  std::int64_t time = 0, samples = 0, features = 0, hidden = 0, panels = 0;
  const float* weights = nullptr;  // (panels, features + hidden, width)
  const float* bias = nullptr;     // (panels, width)
  const float* inputs = nullptr;   // (time, samples, features), in the order of processing
  float* states = nullptr;         // (time + 1, samples, hidden); the first is zero
  float* cell_states = nullptr;    // the same; used by lstm only, never null
  // (kept_steps, panels, samples, width): forward leaves activations there, backward gradients. Step t is at
  // t % kept_steps; two are enough if no backward() follows, and for a simple_rnn.
  float* gates = nullptr;
  std::int64_t kept_steps = 0;
  bool keep = true;        // whether backward() follows; else gates are not written
  float* carry = nullptr;  // (samples, hidden), zero: what flows to the step before

  // For backward only.
  float* partial = nullptr;                  // (samples, width), scratch
  const float* transposed = nullptr;         // recurrent weights: (hidden / width, panels * width, width)
  const float* output_gradient = nullptr;    // (samples, hidden) of the last state, or of every one
  bool every_output = false;                 // then (time, samples, hidden)
  std::span<const std::int64_t> shard_ends;  // of samples: each shard's sums are kept apart (Batch)
  float* weight_gradient = nullptr;          // (shards, like weights), added to
  float* bias_gradient = nullptr;            // (shards, like bias), added to
  const float* input_transposed = nullptr;   // (features / width, panels * width, width), or null
  float* input_gradient = nullptr;           // (time, samples, features) if that is wanted, else null
};

// Fills states, and for backward() gates and cell_states.
void forward(const LayerTask& task);
// After a forward(): gates become gradients with respect to the gates' arguments.
void backward(const LayerTask& task);

// Element by element. At most 2 units in the last place from the exact value; sigmoid below -87, where it
// would leave the normal numbers, stays at 1.7e-38. NaN stays NaN. Exposed for the test.
void tanh(const float* in, float* out, std::size_t size);
void sigmoid(const float* in, float* out, std::size_t size);

// A matrix of bytes as floats, divided by `divisor`, correctly rounded. Strides are from one row to the next.
void scale_bytes(std::int64_t rows, std::int64_t columns, const std::uint8_t* from, std::int64_t from_stride,
                 float* to, std::int64_t to_stride, float divisor);

}  // namespace cellsweep::model::fused
