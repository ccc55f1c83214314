// The matrix product of the dense layer.
#pragma once

#include <cstdint>

namespace cellsweep::model {

struct ProductShape {
  std::int64_t rows, inner, columns;
};

// A matrix to be read row by row or transposed.
struct StridedMatrix {
  const float* values;
  std::int64_t row_stride, column_stride;
};

// c (rows, columns) += a (rows, inner) * b (inner, columns); b and c are row-major.
void multiply_add(const ProductShape& shape, const StridedMatrix& a, const float* b, float* c);

}  // namespace cellsweep::model
