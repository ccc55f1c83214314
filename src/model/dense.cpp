#include "model/dense.h"

namespace cellsweep::model {

void multiply_add(const ProductShape& shape, const StridedMatrix& a, const float* b, float* c) {
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    float* const sums = c + row * shape.columns;
    for (std::int64_t k = 0; k < shape.inner; ++k) {
      const float value = a.values[row * a.row_stride + k * a.column_stride];
      const float* const factors = b + k * shape.columns;
      for (std::int64_t column = 0; column < shape.columns; ++column) sums[column] += value * factors[column];
    }
  }
}

}  // namespace cellsweep::model
