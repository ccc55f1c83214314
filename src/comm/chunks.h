#pragma once

#include <algorithm>
#include <cstddef>

namespace cellsweep::comm {

// Cuts [0, count) into chunks of at most `limit`, and calls `use(offset, int length)` for each, in order.
template <class Use>
void for_each_chunk(std::size_t count, std::size_t limit, Use use) {
  for (std::size_t offset = 0; offset < count; offset += limit)
    use(offset, static_cast<int>(std::min(limit, count - offset)));
}

}  // namespace cellsweep::comm
