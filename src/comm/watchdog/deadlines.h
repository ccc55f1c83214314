// Every deadline by which ranks notice that others are silent, in the order in which they pass if `timeout`,
// which is parallel.timeout_seconds, has its default of 300. All times are seconds of a RunningClock, which
// leaves out the time in which the process is suspended.
#pragma once

#include <algorithm>

namespace cellsweep::comm::deadlines {

// How often a watchdog looks at its rank, and sends a heartbeat: twenty times a timeout, but no more often
// than once a second if it is long, because that costs nothing and is enough.
constexpr double look_interval(double timeout) {
  return std::clamp(timeout / 20, 0.001, 1.0);
}

// A look of a watchdog that comes later than this after the one before means that the process was suspended.
constexpr double longest_gap_of_looks(double timeout) {
  return 2 * look_interval(timeout);
}

// How often rank 0 gives the workers a sign of life, a worker in a run gives one to rank 0, and the first
// rank of a group that waits for a run gives one to the others: several times a timeout.
constexpr double sign_of_life_interval(double timeout) {
  return std::min(2.0, timeout / 4);
}

// A rank whose heartbeats have not reached rank 0 for this long is called silent: a few heartbeats may be
// lost.
constexpr double heartbeat_silence(double timeout) {
  return 5 * look_interval(timeout) + 0.5;
}

// If a rank's first heartbeat has not arrived after this long, there is a warning: a network that lets
// heartbeats through brings the first one within a second.
constexpr double first_heartbeat = 10;

// If messages are read later than this, the process counts as suspended. They are read between steps, which
// may be long.
constexpr double longest_gap_of_polls(double timeout) {
  return timeout / 4;
}

// An operation that has waited for other ranks for `timeout` is overdue, and the job is about to end. One
// rank reports that: rank 0, which knows about all ranks, at once. If it cannot, the others do, which know
// about rank 0 alone: each this long after that, so that the ones before have time to report.
constexpr double before_rank_0_reports = 0;
constexpr double before_rank_1_reports = 0.5;
constexpr double before_another_host_reports = 2;  // its first rank: rank 0's host may be gone
constexpr double before_all_report = 3.5;

// The coordinator gives up a group that trains if no message of the group's first rank has arrived for this
// long. The group's own watchdogs report before: they know which of its ranks is missing.
constexpr double group_silence(double timeout) {
  return timeout + 2;
}
static_assert(group_silence(0) > before_rank_1_reports);

// A worker gives up the coordinator if no message of it has arrived for this long: one of them first, so that
// only one reports it, and the others if that one cannot.
constexpr double coordinator_silence(double timeout, bool reports_first) {
  return timeout + (reports_first ? 2 : 3.5);
}
static_assert(coordinator_silence(0, true) > before_rank_1_reports);

// A rank that knows that another one ends the job ends itself after this long: the launcher may end it
// sooner.
constexpr double after_another_reports = 3;

// MPI_Abort takes milliseconds, or hangs because the launcher cannot be reached: then the process ends
// itself.
constexpr double longest_abort = 1;

// A last message waits this long for a pipe that nobody reads.
constexpr double longest_write = 1;

// All ranks that wait in the overdue operation and can run have ended by themselves this long after the
// timeout, whatever the launcher does: the last one whose turn it is reports, and those that receive that
// end. A watchdog sees each of four things up to a look late: that a wait has begun, that its turn has come,
// that another one has reported, and that it is time to end.
constexpr double everything_is_over(double timeout) {
  return before_all_report + after_another_reports + 4 * look_interval(timeout);
}
// The one that reports has ended by then, too.
static_assert(longest_write < after_another_reports);

// How long the doctor waits until another host sees a file: it reports before the watchdog does.
constexpr double shared_file(double timeout) {
  return std::min(10.0, timeout / 2);
}

}  // namespace cellsweep::comm::deadlines
