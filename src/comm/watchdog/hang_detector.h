// Decides whether a job hangs, from what is seen of its ranks.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "comm/watchdog/rank_status.h"
#include "comm/watchdog/rank_status_table.h"

namespace cellsweep::comm {

// What a watchdog is to do.
struct HangDecision {
  enum class Action {
    none,
    warn,         // print the text
    end_job,      // print the text, send it to other ranks, and end this process
    end_silently  // end this process: another rank has printed why
  };
  Action action = Action::none;
  std::string text = {};
};

// It is given the time, seconds of a RunningClock, and waits for nothing. Deadlines are those of deadlines.h.
// One thread at a time.
class HangDetector {
 public:
  // For how long a rank's count of operations has had this value, up to `now`, since that was first seen.
  double seconds_at(std::uint64_t count, double now);

  // From `now` on, other ranks are looked at, too.
  void begin_to_monitor(double now) { monitors_since_ = now; }

  // What follows from this rank's own status; `who` names it.
  HangDecision decide_alone(const RankStatus& mine, const std::string& who) const;
  // The same with what is known of other ranks. `is_job_ending`: another rank has reported that it ends
  // the job.
  HangDecision decide(const RankStatus& mine, const RankStatusTable& ranks, bool is_job_ending,
                      double timeout, double now);

 private:
  HangDecision warn_of_never_seen(const RankStatusTable& ranks, double now);

  std::uint64_t count_ = 0;
  double count_since_ = 0;
  double monitors_since_ = 0;
  double job_ends_since_ = std::numeric_limits<double>::infinity();
  bool has_warned_ = false;
};

}  // namespace cellsweep::comm
