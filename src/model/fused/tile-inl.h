// The micro-kernel: a few rows by one panel, multiplied and kept in registers. Included once per instruction
// set (Highway's -inl convention).
#if defined(CELLSWEEP_FUSED_TILE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CELLSWEEP_FUSED_TILE_INL
#undef CELLSWEEP_FUSED_TILE_INL
#else
#define CELLSWEEP_FUSED_TILE_INL
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <type_traits>

#include "model/fused/activations-inl.h"
#include "model/fused/cells-inl.h"
#include "model/fused/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace cellsweep::model::fused::HWY_NAMESPACE {

using Size = std::int64_t;

// Rows of a tile. Its sums stay in registers: six rows by a panel are 24 of the 32 that AVX-512 and NEON
// have; two rows, 8 of the 16 of the older sets.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int tall = 6, low = 4;
#else
constexpr int tall = 2, low = 2;
#endif

template <int rows>
struct Tile {
  Register sum[rows][panel_registers];

  // Written out, because GCC does not give an implicit one the instruction set.
  HWY_INLINE Tile() {}
  HWY_INLINE void fill(const float* panel_row) {
    const Size step = static_cast<Size>(hn::Lanes(Floats()));
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row)
#pragma GCC unroll 4
      for (int i = 0; i < panel_registers; ++i) sum[row][i] = load(panel_row + i * step);
  }
  HWY_INLINE void clear() {
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row)
#pragma GCC unroll 4
      for (int i = 0; i < panel_registers; ++i) sum[row][i] = constant(0.0f);
  }
  HWY_INLINE void load_rows(const float* from, Size stride) {
    const Size step = static_cast<Size>(hn::Lanes(Floats()));
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row)
#pragma GCC unroll 4
      for (int i = 0; i < panel_registers; ++i) sum[row][i] = load(from + row * stride + i * step);
  }
  HWY_INLINE void store_rows(float* to, Size stride) const {
    const Size step = static_cast<Size>(hn::Lanes(Floats()));
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row)
#pragma GCC unroll 4
      for (int i = 0; i < panel_registers; ++i) store(sum[row][i], to + row * stride + i * step);
  }
};

// tile[row] += sum over k < count of a[row * row_stride + k * step] * (registers of row k of the panel b).
// One load of b serves all rows, one broadcast of a serves all registers.
template <int rows, int... registers>
HWY_INLINE void multiply(Tile<rows>& tile, const float* HWY_RESTRICT a, Size row_stride, Size step,
                         Size count, const float* HWY_RESTRICT b, Registers<registers...>) {
  const Size lanes_here = static_cast<Size>(hn::Lanes(Floats()));
  for (Size k = 0; k < count; ++k, a += step, b += panel_registers * lanes_here) {
    const Register column[] = {load(b + registers * lanes_here)...};
#pragma GCC unroll 6
    for (int row = 0; row < rows; ++row) {
      const Register value = constant(a[row * row_stride]);
      int i = 0;
      ((tile.sum[row][registers] = hn::MulAdd(value, column[i++], tile.sum[row][registers])), ...);
    }
  }
}

// Calls work(first row, std::integral_constant<int, rows>) for tiles of `tall` and `low` rows.
template <class Work>
HWY_INLINE void for_tiles(Size rows, Work&& work) {
  for (Size row = 0; row < rows;) {
    const Size left = rows - row;
    if (left >= tall && left != tall + 2) {
      work(row, std::integral_constant<int, tall>());
      row += tall;
    } else {
      work(row, std::integral_constant<int, low>());
      row += low;
    }
  }
}

}  // namespace cellsweep::model::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
