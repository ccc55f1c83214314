// Addition in an order that does not depend on where the summands are.
#pragma once

#include <cassert>
#include <cstddef>
#include <span>

namespace cellsweep::comm {

// `values` are `parts` rows of equal size. Replaces the first row by the sum of all, made as a binary tree:
// ((0 + 1) + (2 + 3)) + …. If k is a power of two, the sum over 2 k rows on one rank is bitwise the sum, by
// the same rule over ranks, of the sums over the k rows that each of two ranks has. The other rows are used
// as scratch.
template <class Value>
void add_pairwise(std::span<Value> values, std::size_t parts) {
  assert(parts > 0 && values.size() % parts == 0);
  const std::size_t size = values.size() / parts;
  for (std::size_t distance = 1; distance < parts; distance *= 2)
    for (std::size_t part = 0; part + distance < parts; part += 2 * distance) {
      Value* const to = values.data() + part * size;
      const Value* const from = to + distance * size;
      for (std::size_t i = 0; i < size; ++i) to[i] += from[i];
    }
}

}  // namespace cellsweep::comm
