#include "data/dataset.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <variant>

namespace cellsweep::data {
namespace {

template <class Value>
void gather(std::span<const Value> from, std::span<const std::int64_t> indices, std::span<Value> to) {
  assert(to.size() == indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) to[i] = from[indices[i]];
}

}  // namespace

template <class Value>
void Dataset::gather_inputs(std::span<const std::int64_t> indices, std::span<Value> out) const {
  const std::size_t count = time * features;
  assert(out.size() == indices.size() * count);
  const auto& values = std::get<Array<Value>>(inputs);
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::copy_n(values.data() + indices[i] * count, count, out.data() + i * count);
}

template void Dataset::gather_inputs(std::span<const std::int64_t>, std::span<std::uint8_t>) const;
template void Dataset::gather_inputs(std::span<const std::int64_t>, std::span<float>) const;

void Dataset::gather_labels(std::span<const std::int64_t> indices, std::span<std::int32_t> labels_out,
                            std::span<float> targets_out) const {
  if (targets.empty())
    gather<std::int32_t>(labels, indices, labels_out);
  else
    gather<float>(targets, indices, targets_out);
}

double memory_of(const Dataset& set) {
  const bool is_float = std::holds_alternative<Array<float>>(set.inputs);
  const double item = is_float ? sizeof(float) : 1;
  constexpr double label = sizeof(std::int32_t);
  return static_cast<double>(set.samples) *
         (item * static_cast<double>(set.time) * static_cast<double>(set.features) + label);
}

}  // namespace cellsweep::data
