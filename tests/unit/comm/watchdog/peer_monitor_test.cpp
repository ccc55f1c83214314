#include "comm/watchdog/peer_monitor.h"

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

#include "comm/watchdog/datagram_socket.h"
#include "comm/watchdog/heartbeat.h"
#include "unit/comm/watchdog/rank_statuses.h"

namespace cellsweep::comm {
namespace {

using namespace std::chrono_literals;

// Until `is_done`, or 10 seconds.
template <class IsDone>
void exchange(PeerMonitor& one, PeerMonitor& other, IsDone is_done) {
  for (int i = 0; i < 1000 && !is_done(); ++i) {
    other.report(in("MPI_Bcast", 8), i, silence);
    std::this_thread::sleep_for(10ms);
    one.receive(i);
    other.receive(i);
  }
}

TEST(PeerMonitor, RanksHearOfEachOther) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  PeerMonitor zero(hosts, reach);
  zero.report(in("MPI_Barrier", 7), 0, silence);
  PeerMonitor two(2, hosts, reach, zero.contact());
  EXPECT_EQ(two.rank_status_table().never_seen(), std::vector{0});
  exchange(zero, two,
           [&] { return zero.rank_status_table().last_seen(2) && two.rank_status_table().last_seen(0); });
  EXPECT_EQ(zero.rank_status_table().never_seen(), std::vector{1});
  EXPECT_EQ(two.rank_status_table().never_seen(), std::vector<int>());
}

TEST(PeerMonitor, WhoEndsTheJobInformsOthers) {
  const std::vector<std::string> hosts = {"a", "a", "a"};
  for (const bool does_zero_report : {true, false}) {
    PeerMonitor zero(hosts, reach);
    PeerMonitor two(2, hosts, reach, zero.contact());
    exchange(zero, two, [&] { return two.rank_status_table().last_seen(0).has_value(); });
    PeerMonitor& reporter = does_zero_report ? zero : two;
    PeerMonitor& other = does_zero_report ? two : zero;
    EXPECT_FALSE(other.is_job_ending());
    reporter.report_end();
    exchange(zero, two, [&] { return other.is_job_ending(); });
    EXPECT_TRUE(other.is_job_ending());
    EXPECT_FALSE(reporter.is_job_ending());
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
    one.report(in("MPI_Bcast", 8), i, silence);
    std::this_thread::sleep_for(5ms);
    zero.receive(i);
    one.receive(i);
  }
  EXPECT_EQ(zero.rank_status_table().never_seen(), (std::vector{0, 1}));
  EXPECT_EQ(one.rank_status_table().never_seen(), std::vector{0});
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
  zero.report(in("MPI_Barrier", 7), 0, silence);
  Onlooker onlooker(zero);
  const Heartbeat seen{1, 0, 5, 0, false, in("MPI_Bcast", 8)};
  onlooker.send(seen);
  zero.receive(1);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 1);
  onlooker.send(seen);
  onlooker.send({1, 0, 4, 0, true, in("MPI_Bcast", 7)});
  zero.receive(2);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 1);
  EXPECT_FALSE(zero.is_job_ending());
  // Nor is what was meant for another rank, such as an answer of rank 0 for rank 2.
  onlooker.send({1, 2, 6, 0, true, in("MPI_Bcast", 8)});
  zero.receive(3);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 1);
  onlooker.send({1, 0, 7, 0, true, in("MPI_Bcast", 9)});
  zero.receive(4);
  EXPECT_EQ(zero.rank_status_table().last_seen(1), 4);
  EXPECT_TRUE(zero.is_job_ending());
}

TEST(PeerMonitor, AFloodDoesNotKeepIt) {
  const std::vector<std::string> hosts = {"a", "a"};
  PeerMonitor zero(hosts, reach);
  Onlooker onlooker(zero);
  const std::vector<std::byte> nothing(1);
  for (int i = 0; i < 120; ++i) onlooker.send_bytes(nothing);
  std::this_thread::sleep_for(20ms);
  zero.receive(1);
  pollfd more{zero.descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&more, 1, 0), 1);  // some are left for the next look
  zero.receive(2);
  EXPECT_EQ(poll(&more, 1, 0), 0);
}

TEST(PeerMonitor, ListensOnTheLoopbackAloneIfAllRanksAreOnOneHost) {
  const std::vector<std::string> hosts = {"a", "a"};
  for (const auto& [reach, address] : {std::pair(PeerMonitor::Reach::host, INADDR_LOOPBACK),
                                       std::pair(PeerMonitor::Reach::network, INADDR_ANY)}) {
    PeerMonitor zero(hosts, reach);
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    ASSERT_EQ(getsockname(zero.descriptor(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    if (own.ss_family == AF_INET) {
      EXPECT_EQ(ntohl(reinterpret_cast<const sockaddr_in&>(own).sin_addr.s_addr), address);
    } else {
      EXPECT_EQ(reach, PeerMonitor::Reach::network);
    }
  }
  PeerMonitor zero(hosts, PeerMonitor::Reach::host);
  zero.report(in("MPI_Barrier", 7), 0, silence);
  PeerMonitor one(1, hosts, PeerMonitor::Reach::host, zero.contact());
  exchange(zero, one,
           [&] { return zero.rank_status_table().last_seen(1) && one.rank_status_table().last_seen(0); });
  EXPECT_EQ(one.rank_status_table().never_seen(), std::vector<int>());
}

}  // namespace
}  // namespace cellsweep::comm
