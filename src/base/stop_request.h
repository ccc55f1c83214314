#pragma once

#include <cstdint>

namespace cellsweep {

// Whether a run is to stop before its end: because nobody wants its result any more, or to be resumed later.
// If there are several requests, the greatest counts.
enum class StopRequest : std::int64_t { none, prune, interrupt };

}  // namespace cellsweep
