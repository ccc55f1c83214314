#pragma once

#include <span>
#include <string>

namespace cellsweep::comm {

// "rank 3", or "ranks 3, 5-9". `ranks` ascend.
std::string rank_list(std::span<const int> ranks);

}  // namespace cellsweep::comm
