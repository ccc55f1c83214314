#include "comm/watchdog/heartbeat.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "comm/watchdog/datagram_socket.h"
#include "unit/comm/watchdog/rank_statuses.h"

namespace cellsweep::comm {
namespace {

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
  EXPECT_TRUE(received->ends_job);
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

}  // namespace
}  // namespace cellsweep::comm
