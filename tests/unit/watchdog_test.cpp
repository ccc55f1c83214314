#include "comm/watchdog.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/lookout.h"
#include "comm/rank_list.h"
#include "comm/roll_call.h"

namespace cellsweep::comm {
namespace {

using namespace std::chrono_literals;

TEST(RankList, MakesRanges) {
  EXPECT_EQ(rank_list(std::vector{3}), "rank 3");
  EXPECT_EQ(rank_list(std::vector{3, 4}), "ranks 3, 4");
  EXPECT_EQ(rank_list(std::vector{3, 5, 6, 7, 9}), "ranks 3, 5-7, 9");
}

Sighting in(std::string operation, std::uint64_t sequence, double seconds = 1) {
  return {.operation = std::move(operation),
          .is_waiting = true,
          .is_overdue = false,
          .group = 5,
          .sequence = sequence,
          .seconds = seconds,
          .members = {true, true, true, true}};
}

Sighting overdue(Sighting sighting) {
  sighting.is_overdue = true;
  return sighting;
}

Sighting after(Sighting sighting) {
  sighting.is_waiting = false;
  return sighting;
}

constexpr double silence = 2;

TEST(RollCall, NamesEachKindOfMissingRank) {
  RollCall roll_call(0, {"a", "a", "b", "b", "c"});
  roll_call.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  roll_call.saw(1, after(in("MPI_Barrier", 8, 7)), 100);  // computes
  roll_call.saw(2, in("MPI_Bcast", 8), 90);               // silent
  roll_call.saw(3, in("MPI_Allreduce", 9, 3), 100);       // elsewhere
  EXPECT_EQ(
      roll_call.report(0, 100, silence),
      "rank 0 of 5 on a: MPI_Bcast (operation 9 of ranks 0-3) has waited 10.0 s for other ranks, longer "
      "than parallel.timeout_seconds permits; ending this job\n"
      "  missing: rank 2 on b, not heard of for 10.0 s, last seen in MPI_Bcast (operation 8)\n"
      "  missing: rank 1 on a, which has been computing for 7.0 s since MPI_Barrier (operation 8)\n"
      "  missing: rank 3 on b, which has been for 3.0 s in MPI_Allreduce (operation 9)");
}

TEST(RollCall, GathersAlikeRanksInALine) {
  RollCall roll_call(0, std::vector<std::string>(64, "host"));
  Sighting wait = overdue(in("MPI_Bcast", 9, 10));
  wait.members.clear();
  roll_call.saw(0, wait, 100);
  for (int rank = 10; rank < 20; ++rank) roll_call.saw(rank, after(in("MPI_Bcast", 8, rank)), 100);
  for (int rank = 20; rank < 64; ++rank) roll_call.saw(rank, in("MPI_Bcast", 9), 100);
  const std::string report = roll_call.report(0, 100, silence);
  EXPECT_TRUE(report.ends_with(
      "\n  missing: ranks 1-9 on host, of which nothing was heard"
      "\n  missing: ranks 10-19 on host, which has been computing for 19.0 s since MPI_Bcast (operation 8)"))
      << report;
}

TEST(RollCall, RanksThatHaveGoneOnAreToldOfOnlyWhereNobodyIsMissing) {
  RollCall roll_call(0, {"a", "b", "c", "d"});
  roll_call.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  roll_call.saw(1, in("MPI_Barrier", 10), 100);
  roll_call.saw(2, after(in("MPI_Bcast", 9)), 100);
  roll_call.saw(3, in("MPI_Bcast", 9), 100);
  EXPECT_TRUE(roll_call.report(0, 100, silence)
                  .ends_with("\n  ahead: rank 1 on b, already past it, in MPI_Barrier (operation 10)"
                             "\n  ahead: rank 2 on c, which has left it"));
  roll_call.saw(2, in("MPI_Bcast", 9), 90);
  EXPECT_EQ(roll_call.report(0, 100, silence).find("ahead"), std::string::npos);
}

TEST(RollCall, SaysWhereNobodyIsMissing) {
  RollCall roll_call(0, {"a", "b"});
  roll_call.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  roll_call.saw(1, in("MPI_Bcast", 9), 100);
  EXPECT_TRUE(roll_call.report(0, 100, silence).ends_with("so look at the network"));
}

TEST(RollCall, OtherRanksSpeakOfRank0) {
  RollCall roll_call(2, {"a", "a", "b", "b"});
  roll_call.saw(2, overdue(in("MPI_Bcast", 9, 10)), 100);
  roll_call.saw(0, after(in("MPI_Bcast", 7)), 90);
  EXPECT_EQ(roll_call.overdue(), 2);
  const std::string report = roll_call.report(2, 100, silence);
  EXPECT_TRUE(report.ends_with(
      "\n  missing: rank 0 on a, not heard of for 10.0 s, last seen in MPI_Bcast (operation 7)"))
      << report;
}

TEST(RollCall, OneRankAfterTheOtherSpeaks) {
  std::vector<double> delays;
  for (int rank = 0; rank < 5; ++rank)
    delays.push_back(RollCall(rank, {"a", "a", "a", "b", "b"}).seconds_before_speaking());
  EXPECT_EQ(delays, (std::vector<double>{0, 0.5, 3.5, 2, 3.5}));
}

TEST(RollCall, Rank0HearsOfEveryOverdueRank) {
  RollCall roll_call(0, {"a", "a", "b"});
  EXPECT_EQ(roll_call.overdue(), std::nullopt);
  roll_call.saw(1, in("MPI_Bcast", 9, 1000), 100);
  EXPECT_EQ(roll_call.overdue(), std::nullopt);  // its own watchdog decides
  roll_call.saw(2, overdue(in("MPI_Bcast", 9, 10)), 100);
  EXPECT_EQ(roll_call.overdue(), 2);
  roll_call.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  EXPECT_EQ(roll_call.overdue(), 0);
}

TEST(Heartbeat, ComesBackFromADatagram) {
  const Token token = {1, 2};
  const Heartbeat sent{3, 4, true, overdue(in(std::string(60, 'x'), 9, 2.5))};
  const auto datagram = to_datagram(token, sent);
  const auto received = from_datagram(datagram, token, 4);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->rank, 3);
  EXPECT_EQ(received->path, 4);
  EXPECT_TRUE(received->has_spoken);
  EXPECT_EQ(received->sighting.operation, std::string(47, 'x'));
  EXPECT_TRUE(received->sighting.is_waiting && received->sighting.is_overdue);
  EXPECT_EQ(received->sighting.group, 5);
  EXPECT_EQ(received->sighting.sequence, 9);
  EXPECT_EQ(received->sighting.seconds, 2.5);
  EXPECT_EQ(received->sighting.members, sent.sighting.members);
}

TEST(Heartbeat, OthersDatagramsAreNotTaken) {
  const auto datagram = to_datagram({1, 2}, {3, 0, false, in("MPI_Bcast", 9)});
  EXPECT_TRUE(from_datagram(datagram, {1, 2}, 4));
  EXPECT_FALSE(from_datagram(datagram, {1, 3}, 4));
  EXPECT_FALSE(from_datagram(datagram, {1, 2}, 3));  // of rank 3
  for (std::size_t size = 0; size + 1 < datagram.size(); ++size)
    EXPECT_FALSE(from_datagram(std::span(datagram).first(size), {1, 2}, 4));
  auto longer = datagram;
  longer.push_back({});
  EXPECT_FALSE(from_datagram(longer, {1, 2}, 4));
}

// Until `is_done`, or 10 seconds.
template <class IsDone>
void exchange(Lookout& one, Lookout& other, IsDone is_done) {
  for (int i = 0; i < 1000 && !is_done(); ++i) {
    other.tell(in("MPI_Bcast", 8), i, silence);
    std::this_thread::sleep_for(10ms);
    one.listen(i);
    other.listen(i);
  }
}

TEST(Lookout, RanksHearOfEachOther) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  Lookout zero(hosts);
  zero.tell(in("MPI_Barrier", 7), 0, silence);
  Lookout two(2, hosts, zero.contact());
  EXPECT_EQ(two.unheard(), std::vector{0});
  exchange(zero, two, [&] { return zero.roll_call().last_seen(2) && two.roll_call().last_seen(0); });
  EXPECT_EQ(zero.unheard(), std::vector{1});
  EXPECT_EQ(two.unheard(), std::vector<int>());
}

TEST(Lookout, WhoEndsTheJobTellsOthers) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  for (const bool is_zero_the_speaker : {true, false}) {
    Lookout zero(hosts);
    Lookout two(2, hosts, zero.contact());
    exchange(zero, two, [&] { return two.roll_call().last_seen(0).has_value(); });
    Lookout& speaker = is_zero_the_speaker ? zero : two;
    Lookout& other = is_zero_the_speaker ? two : zero;
    EXPECT_FALSE(other.has_another_spoken());
    speaker.tell_end();
    exchange(zero, two, [&] { return other.has_another_spoken(); });
    EXPECT_TRUE(other.has_another_spoken());
    EXPECT_FALSE(speaker.has_another_spoken());
  }
}

TEST(Lookout, StrangersAreNotHeard) {
  const std::vector<std::string> hosts = {"a", "a"};
  Lookout zero(hosts), of_another_job(hosts);
  const std::string address = zero.contact().substr(zero.contact().find(' ', zero.contact().find(' ') + 1));
  const std::string secret = of_another_job.contact();
  Lookout one(1, hosts, secret.substr(0, secret.find(' ', secret.find(' ') + 1)) + address);
  for (int i = 0; i < 20; ++i) {
    one.tell(in("MPI_Bcast", 8), i, silence);
    std::this_thread::sleep_for(5ms);
    zero.listen(i);
    one.listen(i);
  }
  EXPECT_EQ(zero.unheard(), (std::vector{0, 1}));
  EXPECT_EQ(one.unheard(), std::vector{0});
}

TEST(WatchdogDeathTest, EndsTheProcessAndNamesTheOperation) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    Watchdog watchdog("rank 1 of 2 on here", 300);
    watchdog.set_timeout(0.2);
    Watchdog::Group group(watchdog, 7, {1, 2});
    { const Watchdog::Guard guard(watchdog, group, "MPI_Bcast"); }
    const Watchdog::Guard guard(watchdog, group, "MPI_Barrier");
    std::this_thread::sleep_for(30s);
  };
  EXPECT_EXIT(wait_too_long(), testing::ExitedWithCode(1),
              "rank 1 of 2 on here: MPI_Barrier \\(operation 2 of ranks 1, 2\\) has waited 0\\.[2-9] s");
}

TEST(Watchdog, LetsShortOperationsAndIdlenessPass) {
  Watchdog watchdog("rank 0", 0.5);
  for (int i = 0; i < 80; ++i) {
    const Watchdog::Guard guard(watchdog, "MPI_Allreduce");
    std::this_thread::sleep_for(10ms);
  }
  std::this_thread::sleep_for(700ms);
}

TEST(WatchdogDeathTest, Rank0NamesWhoIsMissing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    const std::vector<std::string> hosts = {"a", "b"};
    auto zero = std::make_unique<Lookout>(hosts);
    auto one = std::make_unique<Lookout>(1, hosts, zero->contact());
    Watchdog waiting("rank 0", 1.0), computing("rank 1", 30);
    waiting.set_lookout(std::move(zero));
    computing.set_lookout(std::move(one));
    Watchdog::Group of_waiting(waiting, 7, {0, 1}), of_computing(computing, 7, {0, 1});
    { const Watchdog::Guard guard(computing, of_computing, "MPI_Bcast"); }
    { const Watchdog::Guard guard(waiting, of_waiting, "MPI_Bcast"); }
    computing.set_timeout(1);  // tells at once, and often
    const Watchdog::Guard guard(waiting, of_waiting, "MPI_Barrier");
    std::this_thread::sleep_for(30s);
  };
  EXPECT_EXIT(
      wait_too_long(), testing::ExitedWithCode(1),
      "rank 0 of 2 on a: MPI_Barrier \\(operation 2 of ranks 0, 1\\) has waited .*ending this job\n"
      "  missing: rank 1 on b, which has been computing for [0-9.]+ s since MPI_Bcast \\(operation 1\\)");
}

TEST(WatchdogDeathTest, AnotherRankSpeaksWhereRank0IsSilent) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    const std::vector<std::string> hosts = {"a", "b"};
    Lookout zero(hosts);  // nobody listens
    Watchdog watchdog("rank 1", 0.2);
    watchdog.set_lookout(std::make_unique<Lookout>(1, hosts, zero.contact()));
    Watchdog::Group group(watchdog, 7, {0, 1});
    const Watchdog::Guard guard(watchdog, group, "MPI_Barrier");
    std::this_thread::sleep_for(30s);
  };
  EXPECT_EXIT(wait_too_long(), testing::ExitedWithCode(1),
              "rank 1 of 2 on b: MPI_Barrier \\(operation 1 of ranks 0, 1\\) has waited 0\\.[789] s.*\n"
              "  missing: rank 0 on a, of which nothing was heard");
}

TEST(WatchdogDeathTest, ARankIsSilentWhereAnotherHasSpoken) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    const std::vector<std::string> hosts = {"a", "b"};
    Lookout zero(hosts);
    Watchdog watchdog("rank 1", 2);
    watchdog.set_lookout(std::make_unique<Lookout>(1, hosts, zero.contact()));
    Watchdog::Group group(watchdog, 7, {0, 1});
    const Watchdog::Guard guard(watchdog, group, "MPI_Barrier");
    for (int i = 0; i < 100; ++i) {
      std::this_thread::sleep_for(10ms);
      zero.listen(i);
    }
    zero.tell_end();
    std::this_thread::sleep_for(30s);
  };
  EXPECT_EXIT(wait_too_long(), testing::ExitedWithCode(1), "^$");
}

TEST(Watchdog, GroupsAndGuardsComeAndGoWhileItLooks) {
  const std::vector<std::string> hosts = {"a", "b"};
  auto zero = std::make_unique<Lookout>(hosts);
  auto one = std::make_unique<Lookout>(1, hosts, zero->contact());
  Watchdog watchdog("rank 0", 0.5), other("rank 1", 0.5);
  watchdog.set_lookout(std::move(zero));
  other.set_lookout(std::move(one));
  const auto end = std::chrono::steady_clock::now() + 700ms;
  std::uint64_t made = 0;
  while (std::chrono::steady_clock::now() < end) {
    Watchdog::Group group(watchdog, ++made, {0, 1});
    for (int i = 0; i < 100; ++i) const Watchdog::Guard guard(watchdog, group, "MPI_Allreduce");
    const Watchdog::Guard guard(watchdog, "a step on the GPU");
    EXPECT_EQ(group.operations(), 100);
  }
  EXPECT_GT(made, 1);
}

}  // namespace
}  // namespace cellsweep::comm
