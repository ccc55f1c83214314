// What becomes of a run of a sweep.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/enum_names.h"
#include "base/stop_request.h"

namespace cellsweep {

enum class RunState {
  planned,
  running,
  finished,
  failed,
  diverged,    // a metric or a weight was not finite
  pruned,      // stopped for good, as other runs are better
  interrupted  // by a signal, to be resumed
};

template <>
inline constexpr auto enum_names<RunState> = std::to_array<std::string_view>(
    {"planned", "running", "finished", "failed", "diverged", "pruned", "interrupted"});

// Whether a run of that state has come to its end, and stays there unless it is tried again.
constexpr bool is_over(RunState state) {
  return state == RunState::finished || state == RunState::failed || state == RunState::diverged ||
         state == RunState::pruned;
}

// How many runs of a sweep are in which state.
class RunCounts {
 public:
  std::size_t& operator[](RunState state) { return counts_[static_cast<std::size_t>(state)]; }
  std::size_t operator[](RunState state) const { return counts_[static_cast<std::size_t>(state)]; }

  std::size_t total() const {
    return sum([](RunState) { return true; });
  }
  std::size_t over() const { return sum(is_over); }

 private:
  template <class Predicate>
  std::size_t sum(Predicate counts) const {
    std::size_t all = 0;
    for (std::size_t state = 0; state < counts_.size(); ++state)
      if (counts(static_cast<RunState>(state))) all += counts_[state];
    return all;
  }

  std::array<std::size_t, enum_names<RunState>.size()> counts_{};
};

// The state of a run that ended by that request; by none: that went through to its end.
constexpr RunState state_after(StopRequest request) {
  if (request == StopRequest::none) return RunState::finished;
  return request == StopRequest::prune ? RunState::pruned : RunState::interrupted;
}

}  // namespace cellsweep
