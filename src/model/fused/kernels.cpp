#include "model/fused/kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/fused/kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/fused/activations-inl.h"
#include "model/fused/cells-inl.h"
#include "model/fused/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cellsweep::model::fused::HWY_NAMESPACE {

Size panel_width() {
  return panel_registers * static_cast<Size>(hn::Lanes(Floats()));
}

// Where the gates of step t are kept.
HWY_INLINE float* gates_of(const LayerTask& task, Size t) {
  return task.gates + (t % task.kept_steps) * task.panels * task.samples * panel_width();
}

// The values of one row and one register of units at time step t.
HWY_INLINE CellRow row_at(const LayerTask& task, float* gates, Size t, Size sample, Size unit) {
  const Size at = (t * task.samples + sample) * task.hidden + unit;
  const Size after = at + task.samples * task.hidden;
  return {task.states + at,
          task.states + after,
          task.cell_states + at,
          task.cell_states + after,
          gates,
          task.carry + sample * task.hidden + unit};
}

template <class Cell, bool keep>
void forward_of(const LayerTask& task) {
  const Size width = panel_width();
  const Size units = static_cast<Size>(Cell::unit_registers * hn::Lanes(Floats()));  // of a panel
  for (Size t = 0; t < task.time; ++t) {
    const float* inputs = task.inputs + t * task.samples * task.features;
    const float* before = task.states + t * task.samples * task.hidden;
    for (Size panel = 0; panel < task.panels; ++panel) {
      const float* weights = task.weights + panel * (task.features + task.hidden) * width;
      float* gates = gates_of(task, t) + panel * task.samples * width;
      for_tiles(task.samples, [&](Size first, auto tile_rows) HWY_ATTR {
        constexpr int rows = decltype(tile_rows)::value;
        Tile<rows> tile;
        tile.fill(task.bias + panel * width);
        multiply(tile, inputs + first * task.features, task.features, 1, task.features, weights,
                 typename Cell::FromInput());
        if (t > 0)  // the first state is zero
          multiply(tile, before + first * task.hidden, task.hidden, 1, task.hidden,
                   weights + task.features * width, typename Cell::FromState());
#pragma GCC unroll 6
        for (int row = 0; row < rows; ++row)
          Cell::template activate<keep>(
              tile.sum[row], row_at(task, gates + (first + row) * width, t, first + row, panel * units));
      });
    }
  }
}

// tile += (the gates' gradients of these rows at one step, of panels begin … end - 1) times a transposed
// matrix. Only the registers of a panel that the matrix fed are read.
template <int rows, int... registers>
HWY_INLINE void multiply_gates(Tile<rows>& tile, const LayerTask& task, const float* gates, Size first,
                               Size begin, Size end, const float* transposed, Registers<registers...>) {
  const Size width = panel_width();
  const Size lanes_here = static_cast<Size>(hn::Lanes(Floats()));
  for (Size panel = begin; panel < end; ++panel) {
    const float* values = gates + (panel * task.samples + first) * width;
    const float* matrix = transposed + panel * width * width;
    (multiply(tile, values + registers * lanes_here, width, 1, lanes_here,
              matrix + registers * lanes_here * width, Registers<0, 1, 2, 3>()),
     ...);
  }
}

// The tiles of one panel of columns of (gates' gradients) * (transposed matrix): start(tile, first row), the
// product, then finish(tile, first row). The matrix is taken in blocks of panels that stay in the L2 cache
// while all rows pass; sums wait in task.partial between two blocks.
template <class Fed, class Start, class Finish>
HWY_INLINE void for_products(const LayerTask& task, const float* gates, const float* transposed,
                             const Start& start, const Finish& finish) {
  constexpr Size block = 16;  // 256 KiB on registers of 64 bytes
  const Size width = panel_width();
  for (Size begin = 0; begin < task.panels; begin += block) {
    const Size end = std::min(begin + block, task.panels);
    for_tiles(task.samples, [&](Size first, auto tile_rows) HWY_ATTR {
      Tile<decltype(tile_rows)::value> tile;
      if (begin == 0)
        start(tile, first);
      else
        tile.load_rows(task.partial + first * width, width);
      multiply_gates(tile, task, gates, first, begin, end, transposed, Fed());
      if (end == task.panels)
        finish(tile, first);
      else
        tile.store_rows(task.partial + first * width, width);
    });
  }
}

// From dL/d(states) to the gates' gradients of step t.
template <class Cell>
void differentiate_step(const LayerTask& task, Size t) {
  const Size width = panel_width();
  const Size lanes_here = static_cast<Size>(hn::Lanes(Floats()));
  float* const gates = gates_of(task, t);
  const bool last = t + 1 == task.time;
  const float* const outputs =
      task.every_output ? task.output_gradient + t * task.samples * task.hidden : task.output_gradient;
  for (Size unit = 0; unit < task.hidden; unit += width) {
    const auto start = [&]<int rows>(Tile<rows>& tile, Size first) HWY_ATTR {
      if (task.every_output || last)
        tile.load_rows(outputs + first * task.hidden + unit, task.hidden);
      else
        tile.clear();
    };
    const auto finish = [&]<int rows>(Tile<rows>& tile, Size first) HWY_ATTR {
#pragma GCC unroll 6
      for (int row = 0; row < rows; ++row)
#pragma GCC unroll 4
        for (int i = 0; i < panel_registers; ++i) {
          const Size here = unit / lanes_here + i;  // which register of units
          const Size panel = here / static_cast<Size>(Cell::unit_registers);
          float* const gates_row = gates + (panel * task.samples + first + row) * width;
          Cell::differentiate(tile.sum[row][i], row_at(task, gates_row, t, first + row, here * lanes_here),
                              static_cast<std::size_t>(here) % Cell::unit_registers);
        }
    };
    if (!last) {
      for_products<typename Cell::FromState>(task, gates_of(task, t + 1),
                                             task.transposed + unit * task.panels * width, start, finish);
      continue;
    }
    for_tiles(task.samples, [&](Size first, auto tile_rows) HWY_ATTR {
      Tile<decltype(tile_rows)::value> tile;
      start(tile, first);
      finish(tile, first);
    });
  }
}

// sums (rows, width) += values^T times the panel of the gates' gradients, while those are still in the cache;
// only in the registers that were fed.
template <int... registers>
HWY_INLINE void add_weight_gradient(const float* values, Size columns, Size samples, const float* gradients,
                                    float* sums, Registers<registers...> fed) {
  const Size width = panel_width();
  const Size lanes_here = static_cast<Size>(hn::Lanes(Floats()));
  for_tiles(columns, [&](Size first, auto tile_rows) HWY_ATTR {
    constexpr int rows = decltype(tile_rows)::value;
    float* const out = sums + first * width;
    Tile<rows> tile;
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row)
      ((tile.sum[row][registers] = load(out + row * width + registers * lanes_here)), ...);
    multiply(tile, values + first, 1, columns, samples, gradients, fed);
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row)
      (store(tile.sum[row][registers], out + row * width + registers * lanes_here), ...);
  });
}

HWY_INLINE void add_bias_gradient(const float* gradients, Size samples, float* sums) {
  const Size width = panel_width();
  for (Size i = 0; i < width; i += static_cast<Size>(hn::Lanes(Floats()))) {
    Register sum = load(sums + i);
    for (Size sample = 0; sample < samples; ++sample)
      sum = hn::Add(sum, load(gradients + sample * width + i));
    store(sum, sums + i);
  }
}

template <class Cell>
void add_input_gradient(const LayerTask& task, Size t) {
  const Size width = panel_width();
  float* out = task.input_gradient + t * task.samples * task.features;
  for (Size feature = 0; feature < task.features; feature += width)
    for_products<typename Cell::FromInput>(
        task, gates_of(task, t), task.input_transposed + feature * task.panels * width,
        [&]<int rows>(Tile<rows>& tile, Size) HWY_ATTR { tile.clear(); },
        [&]<int rows>(const Tile<rows>& tile, Size first)
            HWY_ATTR { tile.store_rows(out + first * task.features + feature, task.features); });
}

template <class Cell>
void backward_of(const LayerTask& task) {
  const Size width = panel_width();
  for (Size t = task.time - 1; t >= 0; --t) {
    differentiate_step<Cell>(task, t);
    const float* inputs = task.inputs + t * task.samples * task.features;
    const float* before = task.states + t * task.samples * task.hidden;
    for (Size panel = 0; panel < task.panels; ++panel) {
      Size first = 0;
      for (Size shard = 0; shard < std::ssize(task.shard_ends); ++shard) {
        const Size samples = task.shard_ends[shard] - first;
        const float* gradients = gates_of(task, t) + (panel * task.samples + first) * width;
        const Size here = shard * task.panels + panel;
        float* sums = task.weight_gradient + here * (task.features + task.hidden) * width;
        add_bias_gradient(gradients, samples, task.bias_gradient + here * width);
        add_weight_gradient(inputs + first * task.features, task.features, samples, gradients, sums,
                            typename Cell::FromInput());
        if (t > 0)
          add_weight_gradient(before + first * task.hidden, task.hidden, samples, gradients,
                              sums + task.features * width, typename Cell::FromState());
        first += samples;
      }
    }
    if (task.input_gradient != nullptr) add_input_gradient<Cell>(task, t);
  }
}

template <bool keep>
void forward_of_cell(const LayerTask& task) {
  switch (task.cell) {
    case Cell::simple_rnn:
      return forward_of<SimpleRnn, keep>(task);
    case Cell::lstm:
      return forward_of<Lstm, keep>(task);
    case Cell::gru:
      return forward_of<Gru, keep>(task);
  }
}

void run_forward(const LayerTask& task) {
  return task.keep ? forward_of_cell<true>(task) : forward_of_cell<false>(task);
}

void run_backward(const LayerTask& task) {
  switch (task.cell) {
    case Cell::simple_rnn:
      return backward_of<SimpleRnn>(task);
    case Cell::lstm:
      return backward_of<Lstm>(task);
    case Cell::gru:
      return backward_of<Gru>(task);
  }
}

// The last register of a row begins so far left that it ends with the row.
void run_scale_bytes(Size rows, Size columns, const std::uint8_t* from, Size from_stride, float* to,
                     Size to_stride, float by) {
  const Floats d;
  const hn::Rebind<std::uint8_t, Floats> bytes;
  const hn::RebindToSigned<Floats> integers;
  const Size step = static_cast<Size>(hn::Lanes(d));
  const Register divisor = constant(by);
  for (Size row = 0; row < rows; ++row, from += from_stride, to += to_stride) {
    if (columns < step) {
      for (Size i = 0; i < columns; ++i) to[i] = static_cast<float>(from[i]) / by;
      continue;
    }
    for (Size i = 0; i < columns; i += step) {
      const Size at = std::min(i, columns - step);
      const auto values = hn::ConvertTo(d, hn::PromoteTo(integers, hn::LoadU(bytes, from + at)));
      hn::StoreU(hn::Div(values, divisor), d, to + at);
    }
  }
}

// The last, short register goes through a buffer, so that nothing past the end is read.
template <class Function>
HWY_INLINE void map(const float* in, float* out, std::size_t size, const Function& function) {
  const std::size_t step = hn::Lanes(Floats());
  std::size_t i = 0;
  for (; i + step <= size; i += step) hn::StoreU(function(hn::LoadU(Floats(), in + i)), Floats(), out + i);
  if (i == size) return;
  HWY_ALIGN float rest[16] = {};
  std::copy(in + i, in + size, rest);
  store(function(load(rest)), rest);
  std::copy(rest, rest + (size - i), out + i);
}

void run_tanh(const float* in, float* out, std::size_t size) {
  map(in, out, size, [](Register x) HWY_ATTR { return tanh(x); });
}

void run_sigmoid(const float* in, float* out, std::size_t size) {
  map(in, out, size, [](Register x) HWY_ATTR { return sigmoid(x); });
}

}  // namespace cellsweep::model::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cellsweep::model::fused {

HWY_EXPORT(panel_width);
HWY_EXPORT(run_forward);
HWY_EXPORT(run_backward);
HWY_EXPORT(run_scale_bytes);
HWY_EXPORT(run_tanh);
HWY_EXPORT(run_sigmoid);

std::int64_t lanes() {
  return HWY_DYNAMIC_DISPATCH(panel_width)() / panel_registers;
}
void forward(const LayerTask& task) {
  HWY_DYNAMIC_DISPATCH(run_forward)(task);
}
void backward(const LayerTask& task) {
  HWY_DYNAMIC_DISPATCH(run_backward)(task);
}
void scale_bytes(std::int64_t rows, std::int64_t columns, const std::uint8_t* from, std::int64_t from_stride,
                 float* to, std::int64_t to_stride, float divisor) {
  HWY_DYNAMIC_DISPATCH(run_scale_bytes)(rows, columns, from, from_stride, to, to_stride, divisor);
}
void tanh(const float* in, float* out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(run_tanh)(in, out, size);
}
void sigmoid(const float* in, float* out, std::size_t size) {
  HWY_DYNAMIC_DISPATCH(run_sigmoid)(in, out, size);
}

}  // namespace cellsweep::model::fused
#endif
