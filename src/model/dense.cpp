#include "model/dense.h"

namespace cellsweep::model {
namespace {

// A few rows by `width` columns of c, whose sums stay in registers. An element's additions have the same
// order in a block of any size.
template <int rows, int width>
void add_block(const ProductShape& shape, const StridedMatrix& a, const float* b, float* c) {
  float sums[rows][width];
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < width; ++i) sums[row][i] = c[row * shape.columns + i];
  for (std::int64_t k = 0; k < shape.inner; ++k)
    for (int row = 0; row < rows; ++row) {
      const float value = a.values[row * a.row_stride + k * a.column_stride];
      for (int i = 0; i < width; ++i) sums[row][i] += value * b[k * shape.columns + i];
    }
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < width; ++i) c[row * shape.columns + i] = sums[row][i];
}

// All rows of `width` columns, then what is left of the columns in narrower blocks.
template <int width>
void add_columns(const ProductShape& shape, const StridedMatrix& a, std::int64_t column, const float* b,
                 float* c) {
  for (; column + width <= shape.columns; column += width) {
    std::int64_t row = 0;
    const auto rows_from = [&](std::int64_t first) {
      return StridedMatrix{a.values + first * a.row_stride, a.row_stride, a.column_stride};
    };
    for (; row + 4 <= shape.rows; row += 4)
      add_block<4, width>(shape, rows_from(row), b + column, c + row * shape.columns + column);
    for (; row < shape.rows; ++row)
      add_block<1, width>(shape, rows_from(row), b + column, c + row * shape.columns + column);
  }
  if constexpr (width > 1) add_columns<width / 2>(shape, a, column, b, c);
}

}  // namespace

void multiply_add(const ProductShape& shape, const StridedMatrix& a, const float* b, float* c) {
  add_columns<8>(shape, a, 0, b, c);
}

}  // namespace cellsweep::model
