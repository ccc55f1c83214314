#include "data/dataset.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <variant>

namespace cellsweep::data {
namespace {

// value / 255 rounded to float32, as Keras' examples scale; a multiplication by 1/255 rounds some values
// differently.
constexpr auto scaled = [] {
  std::array<float, 256> table{};
  for (std::size_t value = 0; value < table.size(); ++value)
    table[value] = static_cast<float>(value) / 255.0f;
  return table;
}();

void copy_sample(const std::uint8_t* from, std::size_t count, float* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = scaled[from[i]];
}

void copy_sample(const float* from, std::size_t count, float* to) {
  std::copy_n(from, count, to);
}

template <class Value>
void gather(const std::vector<Value>& from, std::span<const std::int64_t> indices, std::span<Value> to) {
  assert(to.size() == indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) to[i] = from[static_cast<std::size_t>(indices[i])];
}

}  // namespace

void Dataset::gather_inputs(std::span<const std::int64_t> indices, std::span<float> out) const {
  const auto count = static_cast<std::size_t>(time * features);
  assert(out.size() == indices.size() * count);
  std::visit(
      [&](const auto& values) {
        for (std::size_t i = 0; i < indices.size(); ++i)
          copy_sample(values.data() + static_cast<std::size_t>(indices[i]) * count, count,
                      out.data() + i * count);
      },
      inputs);
}

void Dataset::gather_labels(std::span<const std::int64_t> indices, std::span<std::int32_t> labels_out,
                            std::span<float> targets_out) const {
  if (targets.empty())
    gather(labels, indices, labels_out);
  else
    gather(targets, indices, targets_out);
}

}  // namespace cellsweep::data
