// Time: as it counts for deadlines, and as a person reads it.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace cellsweep {

// Gives seconds since some moment, and never goes back. What has a deadline takes one, so that its tests need
// not sleep.
using Clock = std::function<double()>;

// The system's clock for that. It stands while the machine sleeps, but not while this process alone is
// stopped. Thread-safe.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The time of day: seconds since 1970, which may go back if somebody sets the clock. Thread-safe.
inline double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The seconds in which this process ran. No clock of the system leaves out the time in which a process is
// stopped (SIGSTOP, scontrol suspend), so whoever uses this one looks often, and a look that is late counts
// as one that is not. One thread at a time.
class RunningClock {
 public:
  explicit RunningClock(Clock clock = steady_seconds) : clock_(std::move(clock)), last_(clock_()) {}

  // Looks at the clock: the seconds since this was made. At most `longest_gap` of those since the last look
  // count.
  double look(double longest_gap) {
    const double now = clock_();
    seconds_ += std::min(now - std::exchange(last_, now), longest_gap);
    return seconds_;
  }
  // At the last look.
  double seconds() const { return seconds_; }

 private:
  Clock clock_;
  double last_;
  double seconds_ = 0;
};

}  // namespace cellsweep
