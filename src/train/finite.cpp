#include "train/finite.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cellsweep::train {
namespace {

// Blocks are long enough for vector instructions, and short enough to stop soon after the first hit.
constexpr std::size_t block = 4096;

bool is_finite_block(std::span<const float> values) {
  constexpr std::uint32_t exponent = 0x7f800000;
  std::uint32_t hits = 0;
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    hits |= static_cast<std::uint32_t>((bits & exponent) == exponent);
  }
  return hits == 0;
}

// The name of the first weight that is not finite; empty if all are.
std::string find_weight(const std::vector<model::Weight>& weights, std::span<const float> values) {
  if (all_finite(values)) return "";
  for (const model::Weight& weight : weights)
    if (!all_finite(values.subspan(weight.offset, weight.size))) return weight.name;
  return "";
}

}  // namespace

bool all_finite(std::span<const float> values) {
  for (std::size_t at = 0; at < values.size(); at += block)
    if (!is_finite_block(values.subspan(at, std::min(block, values.size() - at)))) return false;
  return true;
}

std::string find_not_finite(const model::Layout& layout, const HeldState& state) {
  for (const model::MetricSums& shard : state.sums)
    if (!std::isfinite(shard.loss)) return "loss";
  const std::pair<const char*, std::span<const float>> like_parameters[] = {
      {"the weight ", state.parameters},
      {"the optimizer's first moment of ", state.first},
      {"the optimizer's second moment of ", state.second}};
  for (const auto& [kind, values] : like_parameters)
    if (const std::string name = find_weight(layout.trainable, values); !name.empty()) return kind + name;
  if (const std::string name = find_weight(layout.moving_statistics, state.moving_statistics); !name.empty())
    return "the moving statistic " + name;
  const std::size_t size = layout.trainable_size;
  for (std::size_t at = 0; at < state.gradients.size(); at += size)
    if (const std::string name = find_weight(layout.trainable, state.gradients.subspan(at, size));
        !name.empty())
      return "the accumulated gradient of " + name;
  return "";
}

}  // namespace cellsweep::train
