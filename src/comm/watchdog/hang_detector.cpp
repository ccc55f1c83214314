#include "comm/watchdog/hang_detector.h"

#include <algorithm>

#include "comm/rank_list.h"
#include "comm/watchdog/deadlines.h"

namespace cellsweep::comm {

using enum HangDecision::Action;

double HangDetector::seconds_at(std::uint64_t count, double now) {
  if (count != count_) count_since_ = now;
  count_ = count;
  return now - count_since_;
}

HangDecision HangDetector::decide_alone(const RankStatus& mine, const std::string& who) const {
  if (!mine.is_overdue) return {};
  return {end_job, who + ": " + overdue_text(mine)};
}

HangDecision HangDetector::decide(const RankStatus& mine, const RankStatusTable& ranks, bool is_job_ending,
                                  double timeout, double now) {
  if (is_job_ending) {
    job_ends_since_ = std::min(job_ends_since_, now);
    return {now - job_ends_since_ >= deadlines::after_another_reports ? end_silently : none};
  }
  const double delay = ranks.seconds_before_reporting();
  const auto overdue = ranks.overdue();
  if (overdue && (delay == 0 || mine.seconds >= timeout + delay))
    return {end_job, ranks.hang_report(*overdue, now, deadlines::heartbeat_silence(timeout))};
  return warn_of_never_seen(ranks, now);
}

HangDecision HangDetector::warn_of_never_seen(const RankStatusTable& ranks, double now) {
  if (has_warned_ || ranks.rank() != 0 || now < monitors_since_ + deadlines::first_heartbeat) return {};
  has_warned_ = true;
  const auto never_seen = ranks.never_seen();
  if (never_seen.empty()) return {};
  return {warn, "warning: the network lets no UDP from " + rank_list(never_seen) + " to rank 0 on " +
                    ranks.hosts().front() +
                    ": should this job hang, its last message cannot say where they were"};
}

}  // namespace cellsweep::comm
