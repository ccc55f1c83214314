// The fused engine's tanh and sigmoid against double precision, over all of f32.
#include "model/fused/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace cellsweep::model::fused {
namespace {

// Distance from the exact value, in units of the last place that a float near it has.
double ulps(float actual, double exact) {
  const float nearest = std::abs(static_cast<float>(exact));
  const double unit = static_cast<double>(std::nextafter(nearest, 4.0f)) - nearest;
  return std::abs(actual - exact) / unit;
}

// The largest error over every `stride`-th float, both signs, from `limit` in to zero.
template <class Function, class Exact>
double worst_error(const Function& function, const Exact& exact, float limit) {
  constexpr std::uint32_t stride = 61;
  std::vector<float> in;
  for (std::uint32_t bits = 0; bits <= std::bit_cast<std::uint32_t>(limit); bits += stride) {
    in.push_back(std::bit_cast<float>(bits));
    in.push_back(-in.back());
  }
  std::vector<float> out(in.size());
  function(in.data(), out.data(), in.size());
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i) worst = std::fmax(worst, ulps(out[i], exact(in[i])));
  return worst;
}

TEST(Activations, TanhIsExactToTwoUlp) {
  EXPECT_LE(worst_error(tanh, [](double x) { return std::tanh(x); }, std::numeric_limits<float>::max()), 2.0);
}

// A few values next to 1 are 2.0000-something off.
TEST(Activations, SigmoidIsExactToTwoUlp) {
  EXPECT_LE(worst_error(sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 87.0f), 2.001);
}

// Every value, in rows of every length, with strides: nothing outside a row is read (the address sanitizer)
// or written.
TEST(ScaleBytes, IsTheDivisionBy255) {
  for (std::int64_t columns = 1; columns <= 70; ++columns) {
    const std::int64_t rows = 256 / columns + 1;
    std::vector<std::uint8_t> bytes((rows - 1) * (columns + 3) + columns);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    std::vector<float> out(rows * (columns + 1), -1.0f);
    scale_bytes(rows, columns, bytes.data(), columns + 3, out.data(), columns + 1, 255);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = 0; i < columns; ++i) {
        const auto byte = bytes[row * (columns + 3) + i];
        ASSERT_EQ(out[row * (columns + 1) + i], static_cast<float>(byte / 255.0)) << columns;
      }
      ASSERT_EQ(out[row * (columns + 1) + columns], -1.0f);
    }
  }
}

TEST(Activations, KeepTheirLimits) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> in{infinity, -infinity, std::nanf(""), 0.0f, 1000.0f, -1000.0f, 1e-40f};
  std::vector<float> out(in.size());
  tanh(in.data(), out.data(), in.size());
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_EQ(out[1], -1.0f);
  EXPECT_TRUE(std::isnan(out[2]));
  EXPECT_EQ(out[3], 0.0f);
  sigmoid(in.data(), out.data(), in.size());
  EXPECT_EQ(out[0], 1.0f);
  EXPECT_GE(out[1], 0.0f);
  EXPECT_LT(out[1], 2e-38f);
  EXPECT_TRUE(std::isnan(out[2]));
  EXPECT_EQ(out[3], 0.5f);
  EXPECT_EQ(out[4], 1.0f);
  EXPECT_EQ(out[5], out[1]);
}

}  // namespace
}  // namespace cellsweep::model::fused
