// The whole ladder of deadlines, on a clock that nobody waits for.
#include "comm/watchdog/hang_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "comm/watchdog/deadlines.h"

namespace cellsweep::comm {
namespace {

using enum HangDecision::Action;

constexpr double timeout = 100;
const std::vector<std::string> hosts = {"a", "a", "a", "b", "b"};

// A rank that enters an operation at time 10 and stays there, while its watchdog looks once a second.
struct WaitingRank {
  explicit WaitingRank(int rank) : ranks(rank, hosts) {}

  RankStatus status(double now) {
    const double seconds = detector.seconds_at(now < 10 ? 2 : 3, now);
    return {.operation = "MPI_Bcast",
            .is_waiting = now >= 10,
            .is_overdue = now >= 10 && seconds >= timeout,
            .group = 5,
            .sequence = 3,
            .seconds = seconds,
            .members = {}};
  }
  HangDecision look(double now) {
    const RankStatus mine = status(now);
    ranks.update(ranks.rank(), mine, now);
    return detector.decide(mine, ranks, is_job_ending, timeout, now);
  }
  // The time of the first look at which something is done.
  std::optional<double> time_of_action(double from = 0, double until = 200) {
    for (double now = from; now < until; now += 0.25)
      if ((decision = look(now)).action != none) return now;
    return std::nullopt;
  }

  RankStatusTable ranks;
  HangDetector detector;
  HangDecision decision;
  bool is_job_ending = false;
};

TEST(HangDetector, Rank0ReportsAtTheDeadlineAndTheOthersAfterIt) {
  const double delays[] = {0, deadlines::before_rank_1_reports, deadlines::before_all_report,
                           deadlines::before_another_host_reports, deadlines::before_all_report};
  for (int rank = 0; rank < 5; ++rank) {
    WaitingRank waiting(rank);
    if (rank == 0)
      for (int other = 1; other < 5; ++other) waiting.ranks.update(other, {}, 0);
    EXPECT_EQ(waiting.time_of_action(), 10 + timeout + delays[rank]) << rank;
    EXPECT_EQ(waiting.decision.action, end_job);
    EXPECT_TRUE(waiting.decision.text.starts_with("rank " + std::to_string(rank) + " of 5 on " +
                                                  hosts[static_cast<std::size_t>(rank)] + ": MPI_Bcast"))
        << waiting.decision.text;
  }
}

TEST(HangDetector, Rank0ReportsAnotherRankThatIsOverdue) {
  WaitingRank zero(0);
  for (int other = 1; other < 5; ++other) zero.ranks.update(other, {}, 0);
  EXPECT_EQ(zero.look(20).action, none);
  zero.ranks.update(3, {.operation = "MPI_Barrier", .is_waiting = true, .is_overdue = true, .members = {}},
                    20.5);
  EXPECT_EQ(zero.look(21).action, end_job);
}

TEST(HangDetector, ARankThatKnowsOfNoOtherReportsItself) {
  HangDetector detector;
  RankStatus mine{.operation = "MPI_Barrier", .is_waiting = true, .members = {}};
  EXPECT_EQ(detector.decide_alone(mine, "rank 1").action, none);
  mine.is_overdue = true;
  const HangDecision decision = detector.decide_alone(mine, "rank 1");
  EXPECT_EQ(decision.action, end_job);
  EXPECT_TRUE(decision.text.starts_with("rank 1: MPI_Barrier has waited"));
}

TEST(HangDetector, AnOperationThatEndsInTimeIsNeverOverdue) {
  HangDetector detector;
  for (double now = 0; now < 1000; now += 1) {
    const auto operations = static_cast<std::uint64_t>(now / 90);
    EXPECT_LT(detector.seconds_at(operations, now), 90);
  }
}

TEST(HangDetector, TimeInWhichTheProcessWasSuspendedDoesNotCount) {
  double time = 0;
  RunningClock clock([&] { return time; });
  HangDetector detector;
  detector.seconds_at(3, clock.look(2));
  for (int i = 0; i < 5; ++i) {
    time += 3600;
    EXPECT_LE(detector.seconds_at(3, clock.look(deadlines::longest_gap_of_looks(timeout))), 2.0 * (i + 1));
  }
}

TEST(HangDetector, ARankIsSilentIfAnotherHasReported) {
  WaitingRank waiting(1);
  EXPECT_EQ(waiting.time_of_action(0, 50), std::nullopt);
  waiting.is_job_ending = true;
  EXPECT_EQ(waiting.time_of_action(50), 50 + deadlines::after_another_reports);
  EXPECT_EQ(waiting.decision.action, end_silently);
  // Though its own deadline passes meanwhile.
  WaitingRank late(1);
  EXPECT_EQ(late.time_of_action(0, 109), std::nullopt);
  late.is_job_ending = true;
  EXPECT_EQ(late.time_of_action(109), 109 + deadlines::after_another_reports);
  EXPECT_EQ(late.decision.action, end_silently);
}

// The seconds from the begin of a wait to the end of the last rank, if the one that reports last must, and if
// watchdogs look at moments that begin at `first_look` and `first_look_of_other`.
double seconds_to_the_end(double limit, double first_look, double first_look_of_other) {
  const double pause = deadlines::look_interval(limit);
  const RankStatusTable last(2, hosts), other(0, hosts);
  HangDetector reporter, receiver;
  double now = first_look;
  const auto act = [&] {
    RankStatus mine{.operation = "MPI_Bcast", .is_waiting = true, .members = {}};
    mine.seconds = reporter.seconds_at(3, now);
    mine.is_overdue = mine.seconds >= limit;
    RankStatusTable ranks = last;
    ranks.update(2, mine, now);
    return reporter.decide(mine, ranks, false, limit, now).action;
  };
  while (act() == none) now += pause;
  const double reported_at = now;
  now = first_look_of_other;
  const auto is_leaving = [&] {
    return receiver.decide(RankStatus(), other, now >= reported_at, limit, now).action == end_silently;
  };
  while (!is_leaving()) now += pause;
  return now;
}

TEST(HangDetector, EveryRankHasEndedByItselfWhenEverythingIsOver) {
  for (const double limit : {1.0, 5.0, 20.0, 300.0}) {
    const double pause = deadlines::look_interval(limit);
    double longest = 0;
    for (double first = 0; first < pause; first += pause / 7)
      for (double other = 0; other < pause; other += pause / 7)
        longest = std::max(longest, seconds_to_the_end(limit, first, other));
    EXPECT_LE(longest, limit + deadlines::everything_is_over(limit)) << limit;
    EXPECT_GT(longest, limit + deadlines::everything_is_over(limit) - 3 * pause) << limit;
  }
}

TEST(HangDetector, Rank0WarnsOnceOfRanksThatWereNeverHeardOf) {
  WaitingRank zero(0);
  zero.detector.begin_to_monitor(4);
  zero.ranks.update(1, {}, 5);
  zero.ranks.update(2, {}, 5);
  EXPECT_EQ(zero.time_of_action(), 4 + deadlines::first_heartbeat);
  EXPECT_EQ(zero.decision.action, warn);
  EXPECT_TRUE(
      zero.decision.text.starts_with("warning: the network lets no UDP from ranks 3, 4 to rank 0 on a"))
      << zero.decision.text;
  EXPECT_EQ(zero.time_of_action(15, 100), std::nullopt);
  WaitingRank one(1);
  EXPECT_EQ(one.time_of_action(0, 100), std::nullopt);
}

}  // namespace
}  // namespace cellsweep::comm
