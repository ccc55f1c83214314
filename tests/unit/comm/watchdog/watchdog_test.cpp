#include "comm/watchdog/watchdog.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "comm/rank_list.h"
#include "comm/watchdog/datagram_socket.h"
#include "comm/watchdog/heartbeat.h"
#include "comm/watchdog/peer_monitor.h"
#include "comm/watchdog/rank_status_table.h"

namespace cellsweep::comm {
namespace {

using namespace std::chrono_literals;

TEST(RankList, MakesRanges) {
  EXPECT_EQ(rank_list(std::vector{3}), "rank 3");
  EXPECT_EQ(rank_list(std::vector{3, 4}), "ranks 3, 4");
  EXPECT_EQ(rank_list(std::vector{3, 5, 6, 7, 9}), "ranks 3, 5-7, 9");
}

RankStatus in(std::string operation, std::uint64_t sequence, double seconds = 1) {
  return {.operation = std::move(operation),
          .is_waiting = true,
          .is_overdue = false,
          .group = 5,
          .sequence = sequence,
          .seconds = seconds,
          .members = {true, true, true, true}};
}

RankStatus overdue(RankStatus status) {
  status.is_overdue = true;
  return status;
}

RankStatus after(RankStatus status) {
  status.is_waiting = false;
  return status;
}

constexpr double silence = 2;
constexpr auto reach = PeerMonitor::Reach::network;

TEST(RankStatusTable, NamesEachKindOfMissingRank) {
  RankStatusTable rank_status_table(0, {"a", "a", "b", "b", "c"});
  rank_status_table.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.saw(1, after(in("MPI_Barrier", 8, 7)), 100);  // computes
  rank_status_table.saw(2, in("MPI_Bcast", 8), 90);               // silent
  rank_status_table.saw(3, in("MPI_Allreduce", 9, 3), 100);       // elsewhere
  EXPECT_EQ(
      rank_status_table.hang_report(0, 100, silence),
      "rank 0 of 5 on a: MPI_Bcast (operation 9 of ranks 0-3) has waited 10.0 s for other ranks, longer "
      "than parallel.timeout_seconds permits; ending this job\n"
      "  missing: rank 2 on b, not heard of for 10.0 s, last seen in MPI_Bcast (operation 8)\n"
      "  missing: rank 1 on a, which has been computing for 7.0 s since MPI_Barrier (operation 8)\n"
      "  missing: rank 3 on b, which has been for 3.0 s in MPI_Allreduce (operation 9)");
}

TEST(RankStatusTable, GathersAlikeRanksInALine) {
  RankStatusTable rank_status_table(0, std::vector<std::string>(64, "host"));
  RankStatus wait = overdue(in("MPI_Bcast", 9, 10));
  wait.members.clear();
  rank_status_table.saw(0, wait, 100);
  for (int rank = 10; rank < 20; ++rank) rank_status_table.saw(rank, after(in("MPI_Bcast", 8, rank)), 100);
  for (int rank = 20; rank < 64; ++rank) rank_status_table.saw(rank, in("MPI_Bcast", 9), 100);
  const std::string report = rank_status_table.hang_report(0, 100, silence);
  EXPECT_TRUE(report.ends_with(
      "\n  missing: ranks 1-9 on host, of which nothing was heard"
      "\n  missing: ranks 10-19 on host, which has been computing for 19.0 s since MPI_Bcast (operation 8)"))
      << report;
}

TEST(RankStatusTable, RanksThatHaveGoneOnAreToldOfOnlyWhereNobodyIsMissing) {
  RankStatusTable rank_status_table(0, {"a", "b", "c", "d"});
  rank_status_table.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.saw(1, in("MPI_Barrier", 10), 100);
  rank_status_table.saw(2, after(in("MPI_Bcast", 9)), 100);
  rank_status_table.saw(3, in("MPI_Bcast", 9), 100);
  EXPECT_TRUE(rank_status_table.hang_report(0, 100, silence)
                  .ends_with("\n  ahead: rank 1 on b, already past it, in MPI_Barrier (operation 10)"
                             "\n  ahead: rank 2 on c, which has left it"));
  rank_status_table.saw(2, in("MPI_Bcast", 9), 90);
  EXPECT_EQ(rank_status_table.hang_report(0, 100, silence).find("ahead"), std::string::npos);
}

TEST(RankStatusTable, SaysWhereNobodyIsMissing) {
  RankStatusTable rank_status_table(0, {"a", "b"});
  rank_status_table.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.saw(1, in("MPI_Bcast", 9), 100);
  EXPECT_TRUE(rank_status_table.hang_report(0, 100, silence)
                  .ends_with("so look at the network, and on each host at the room in /dev/shm, "
                             "where its ranks share memory"));
}

TEST(RankStatusTable, OtherRanksSpeakOfRank0) {
  RankStatusTable rank_status_table(2, {"a", "a", "b", "b"});
  rank_status_table.saw(2, overdue(in("MPI_Bcast", 9, 10)), 100);
  rank_status_table.saw(0, after(in("MPI_Bcast", 7)), 90);
  EXPECT_EQ(rank_status_table.overdue(), 2);
  const std::string report = rank_status_table.hang_report(2, 100, silence);
  EXPECT_TRUE(report.ends_with(
      "\n  missing: rank 0 on a, not heard of for 10.0 s, last seen in MPI_Bcast (operation 7)"))
      << report;
}

TEST(RankStatusTable, OneRankAfterTheOtherSpeaks) {
  std::vector<double> delays;
  for (int rank = 0; rank < 5; ++rank)
    delays.push_back(RankStatusTable(rank, {"a", "a", "a", "b", "b"}).seconds_before_speaking());
  EXPECT_EQ(delays, (std::vector<double>{0, 0.5, 3.5, 2, 3.5}));
}

TEST(RankStatusTable, Rank0HearsOfEveryOverdueRank) {
  RankStatusTable rank_status_table(0, {"a", "a", "b"});
  EXPECT_EQ(rank_status_table.overdue(), std::nullopt);
  rank_status_table.saw(1, in("MPI_Bcast", 9, 1000), 100);
  EXPECT_EQ(rank_status_table.overdue(), std::nullopt);  // its own watchdog decides
  rank_status_table.saw(2, overdue(in("MPI_Bcast", 9, 10)), 100);
  EXPECT_EQ(rank_status_table.overdue(), 2);
  rank_status_table.saw(0, overdue(in("MPI_Bcast", 9, 10)), 100);
  EXPECT_EQ(rank_status_table.overdue(), 0);
}

constexpr SipHashKey key = {1, 2};

TEST(Heartbeat, ComesBackFromADatagram) {
  const Heartbeat sent{3, 1, 77, 4, true, overdue(in(std::string(60, 'x'), 9, 2.5))};
  const auto datagram = to_datagram(key, sent);
  const auto received = from_datagram(datagram, key, 4);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->rank, 3);
  EXPECT_EQ(received->to, 1);
  EXPECT_EQ(received->number, 77);
  EXPECT_EQ(received->path, 4);
  EXPECT_TRUE(received->has_spoken);
  EXPECT_EQ(received->status.operation, std::string(47, 'x'));
  EXPECT_TRUE(received->status.is_waiting && received->status.is_overdue);
  EXPECT_EQ(received->status.group, 5);
  EXPECT_EQ(received->status.sequence, 9);
  EXPECT_EQ(received->status.seconds, 2.5);
  EXPECT_EQ(received->status.members, sent.status.members);
}

TEST(Heartbeat, OthersDatagramsAreNotTaken) {
  const auto datagram = to_datagram(key, {3, 0, 1, 0, false, in("MPI_Bcast", 9)});
  EXPECT_TRUE(from_datagram(datagram, key, 4));
  EXPECT_FALSE(from_datagram(datagram, {1, 3}, 4));
  EXPECT_FALSE(from_datagram(datagram, key, 3));  // of rank 3
  for (std::size_t size = 0; size < datagram.size(); ++size)
    EXPECT_FALSE(from_datagram(std::span(datagram).first(size), key, 4));
  auto longer = datagram;
  longer.push_back({});
  EXPECT_FALSE(from_datagram(longer, key, 4));
}

TEST(Heartbeat, NoBitCanBeChanged) {
  auto datagram = to_datagram(key, {3, 0, 1, 0, false, in("MPI_Bcast", 9)});
  for (std::byte& byte : datagram)
    for (int bit = 0; bit < 8; ++bit) {
      byte ^= std::byte{1} << bit;
      EXPECT_FALSE(from_datagram(datagram, key, 4));
      byte ^= std::byte{1} << bit;
    }
  EXPECT_TRUE(from_datagram(datagram, key, 4));
}

TEST(Heartbeat, DoesNotHoldTheKey) {
  const SipHashKey secret = {0x0123456789abcdef, 0xfedcba9876543210};
  const auto datagram = to_datagram(secret, {3, 0, 1, 0, false, in("MPI_Bcast", 9)});
  for (const std::uint64_t word : secret)
    EXPECT_TRUE(std::ranges::search(datagram, std::as_bytes(std::span(&word, 1))).empty());
}

// Until `is_done`, or 10 seconds.
template <class IsDone>
void exchange(PeerMonitor& one, PeerMonitor& other, IsDone is_done) {
  for (int i = 0; i < 1000 && !is_done(); ++i) {
    other.tell(in("MPI_Bcast", 8), i, silence);
    std::this_thread::sleep_for(10ms);
    one.listen(i);
    other.listen(i);
  }
}

TEST(PeerMonitor, RanksHearOfEachOther) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  PeerMonitor zero(hosts, reach);
  zero.tell(in("MPI_Barrier", 7), 0, silence);
  PeerMonitor two(2, hosts, reach, zero.contact());
  EXPECT_EQ(two.rank_status_table().unheard(), std::vector{0});
  exchange(zero, two,
           [&] { return zero.rank_status_table().last_seen(2) && two.rank_status_table().last_seen(0); });
  EXPECT_EQ(zero.rank_status_table().unheard(), std::vector{1});
  EXPECT_EQ(two.rank_status_table().unheard(), std::vector<int>());
}

TEST(PeerMonitor, WhoEndsTheJobTellsOthers) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  for (const bool is_zero_the_speaker : {true, false}) {
    PeerMonitor zero(hosts, reach);
    PeerMonitor two(2, hosts, reach, zero.contact());
    exchange(zero, two, [&] { return two.rank_status_table().last_seen(0).has_value(); });
    PeerMonitor& speaker = is_zero_the_speaker ? zero : two;
    PeerMonitor& other = is_zero_the_speaker ? two : zero;
    EXPECT_FALSE(other.has_another_spoken());
    speaker.tell_end();
    exchange(zero, two, [&] { return other.has_another_spoken(); });
    EXPECT_TRUE(other.has_another_spoken());
    EXPECT_FALSE(speaker.has_another_spoken());
  }
}

// Rank 0's key and port, as its contact has them.
struct Secret {
  explicit Secret(const PeerMonitor& zero) { std::istringstream(zero.contact()) >> key[0] >> key[1] >> port; }
  SipHashKey key{};
  std::uint16_t port = 0;
};

TEST(PeerMonitor, StrangersAreNotHeard) {
  const std::vector<std::string> hosts = {"a", "a"};
  PeerMonitor zero(hosts, reach), of_another_job(hosts, reach);
  const Secret other(of_another_job);
  PeerMonitor one(1, hosts, reach,
                  std::to_string(other.key[0]) + ' ' + std::to_string(other.key[1]) + ' ' +
                      std::to_string(Secret(zero).port) + " 127.0.0.1");
  for (int i = 0; i < 20; ++i) {
    one.tell(in("MPI_Bcast", 8), i, silence);
    std::this_thread::sleep_for(5ms);
    zero.listen(i);
    one.listen(i);
  }
  EXPECT_EQ(zero.rank_status_table().unheard(), (std::vector{0, 1}));
  EXPECT_EQ(one.rank_status_table().unheard(), std::vector{0});
}

// A socket of somebody who has seen datagrams, beside rank 0's.
class Onlooker {
 public:
  explicit Onlooker(const PeerMonitor& zero) : secret_(zero) {}
  void send(const Heartbeat& heartbeat) {
    socket_.send(to_datagram(secret_.key, heartbeat), numeric_address("127.0.0.1", secret_.port));
    std::this_thread::sleep_for(20ms);
  }
  void send_bytes(std::span<const std::byte> bytes) {
    socket_.send(bytes, numeric_address("127.0.0.1", secret_.port));
  }

 private:
  Secret secret_;
  DatagramSocket socket_{reach};
};

TEST(PeerMonitor, WhatIsSentAgainIsNotTaken) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  PeerMonitor zero(hosts, reach);
  zero.tell(in("MPI_Barrier", 7), 0, silence);
  Onlooker onlooker(zero);
  const Heartbeat seen{1, 0, 5, 0, false, in("MPI_Bcast", 8)};
  onlooker.send(seen);
  zero.listen(1);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 1);
  onlooker.send(seen);
  onlooker.send({1, 0, 4, 0, true, in("MPI_Bcast", 7)});
  zero.listen(2);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 1);
  EXPECT_FALSE(zero.has_another_spoken());
  // Nor is what was meant for another rank, such as an answer of rank 0 for rank 2.
  onlooker.send({1, 2, 6, 0, true, in("MPI_Bcast", 8)});
  zero.listen(3);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 1);
  onlooker.send({1, 0, 7, 0, true, in("MPI_Bcast", 9)});
  zero.listen(4);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 4);
  EXPECT_TRUE(zero.has_another_spoken());
}

TEST(PeerMonitor, AFloodDoesNotKeepIt) {
  const std::vector<std::string> hosts = {"a", "a"};
  PeerMonitor zero(hosts, reach);
  Onlooker onlooker(zero);
  const std::vector<std::byte> nothing(1);
  for (int i = 0; i < 120; ++i) onlooker.send_bytes(nothing);
  std::this_thread::sleep_for(20ms);
  zero.listen(1);
  pollfd more{zero.descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&more, 1, 0), 1);  // some are left for the next look
  zero.listen(2);
  EXPECT_EQ(poll(&more, 1, 0), 0);
}

TEST(PeerMonitor, ListensOnTheLoopbackAloneWhereAllRanksAreOnOneHost) {
  const std::vector<std::string> hosts = {"a", "a"};
  for (const auto& [of, address] : {std::pair(PeerMonitor::Reach::host, INADDR_LOOPBACK),
                                    std::pair(PeerMonitor::Reach::network, INADDR_ANY)}) {
    PeerMonitor zero(hosts, of);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    ASSERT_EQ(getsockname(zero.descriptor(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    if (own.ss_family == AF_INET) {
      EXPECT_EQ(ntohl(reinterpret_cast<const sockaddr_in&>(own).sin_addr.s_addr), address);
    } else {
      EXPECT_EQ(of, PeerMonitor::Reach::network);
    }
  }
  PeerMonitor zero(hosts, PeerMonitor::Reach::host);
  zero.tell(in("MPI_Barrier", 7), 0, silence);
  PeerMonitor one(1, hosts, PeerMonitor::Reach::host, zero.contact());
  exchange(zero, one,
           [&] { return zero.rank_status_table().last_seen(1) && one.rank_status_table().last_seen(0); });
  EXPECT_EQ(one.rank_status_table().unheard(), std::vector<int>());
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

TEST(WatchdogDeathTest, Rank0NamesWhoIsMissing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    const std::vector<std::string> hosts = {"a", "b"};
    auto zero = std::make_unique<PeerMonitor>(hosts, reach);
    auto one = std::make_unique<PeerMonitor>(1, hosts, reach, zero->contact());
    Watchdog waiting("rank 0", 1.0), computing("rank 1", 30);
    waiting.set_peer_monitor(std::move(zero));
    computing.set_peer_monitor(std::move(one));
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

TEST(Watchdog, GroupsAndGuardsComeAndGoWhileItLooks) {
  const std::vector<std::string> hosts = {"a", "b"};
  auto zero = std::make_unique<PeerMonitor>(hosts, reach);
  auto one = std::make_unique<PeerMonitor>(1, hosts, reach, zero->contact());
  Watchdog watchdog("rank 0", 0.5), other("rank 1", 0.5);
  watchdog.set_peer_monitor(std::move(zero));
  other.set_peer_monitor(std::move(one));
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
