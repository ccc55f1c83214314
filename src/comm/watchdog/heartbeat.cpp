#include "comm/watchdog/heartbeat.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cellsweep::comm {
namespace {

struct Header {
  std::uint64_t hash;  // of all that follows
  std::uint64_t number, group, sequence;
  double seconds;
  std::int32_t rank, to, path;
  std::int8_t ends_job, is_waiting, is_overdue, unused;
  std::array<char, 48> operation;
};
static_assert(sizeof(Header) == 104, "without padding, whose bytes would be sent as they are");

std::uint64_t hash_of(std::span<const std::byte> datagram, const SipHashKey& key) {
  return siphash(key, datagram.subspan(sizeof(Header::hash)));
}

}  // namespace

std::vector<std::byte> to_datagram(const SipHashKey& key, const Heartbeat& heartbeat) {
  const RankStatus& status = heartbeat.status;
  Header header{.hash = 0,
                .number = heartbeat.number,
                .group = status.group,
                .sequence = status.sequence,
                .seconds = status.seconds,
                .rank = heartbeat.rank,
                .to = heartbeat.to,
                .path = heartbeat.path,
                .ends_job = heartbeat.ends_job,
                .is_waiting = status.is_waiting,
                .is_overdue = status.is_overdue,
                .unused = 0,
                .operation = {}};
  status.operation.copy(header.operation.data(), header.operation.size() - 1);
  std::vector<std::byte> datagram(sizeof header + (status.members.size() + 7) / 8);
  std::memcpy(datagram.data(), &header, sizeof header);
  for (std::size_t rank = 0; rank < status.members.size(); ++rank)
    if (status.members[rank]) datagram[sizeof header + rank / 8] |= std::byte{1} << rank % 8;
  header.hash = hash_of(datagram, key);
  std::memcpy(datagram.data(), &header.hash, sizeof header.hash);
  return datagram;
}

std::optional<Heartbeat> from_datagram(std::span<const std::byte> datagram, const SipHashKey& key,
                                       int ranks) {
  Header header;
  if (datagram.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, datagram.data(), sizeof header);
  if (header.hash != hash_of(datagram, key)) return std::nullopt;
  if (header.rank < 0 || header.rank >= ranks) return std::nullopt;
  const auto end = std::ranges::find(header.operation, '\0');
  Heartbeat heartbeat{.rank = header.rank,
                      .to = header.to,
                      .number = header.number,
                      .path = header.path,
                      .ends_job = header.ends_job != 0,
                      .status = {.operation = {header.operation.begin(), end},
                                 .is_waiting = header.is_waiting != 0,
                                 .is_overdue = header.is_overdue != 0,
                                 .group = header.group,
                                 .sequence = header.sequence,
                                 .seconds = header.seconds,
                                 .members = {}}};
  const auto members = datagram.subspan(sizeof header);
  const std::size_t most = ranks;
  if (members.size() > (most + 7) / 8) return std::nullopt;
  for (std::size_t rank = 0; rank < std::min(most, 8 * members.size()); ++rank)
    heartbeat.status.members.push_back((members[rank / 8] >> rank % 8 & std::byte{1}) != std::byte{0});
  return heartbeat;
}

}  // namespace cellsweep::comm
