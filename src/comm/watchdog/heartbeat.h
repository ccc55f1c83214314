// The datagrams by which ranks report to rank 0 what they do, and rank 0 answers. They need no MPI, whose
// thread may hang.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/siphash.h"
#include "comm/watchdog/rank_status.h"

namespace cellsweep::comm {

struct Heartbeat {
  int rank = 0;              // the sender
  int to = 0;                // the rank that it is for
  std::uint64_t number = 0;  // greater in each datagram of a sender than in those before it
  int path = 0;              // which of rank 0's addresses the report went to; the answer repeats it
  bool ends_job = false;     // the sender ends the job, and has printed why
  RankStatus status;
};

// A heartbeat as a datagram, and back. Signed with `key`, which only ranks of the job know; not encrypted.
// Nothing is returned for a malformed datagram, another key, or a rank not below `ranks`. Operations are cut
// to 47 characters.
std::vector<std::byte> to_datagram(const SipHashKey& key, const Heartbeat& heartbeat);
std::optional<Heartbeat> from_datagram(std::span<const std::byte> datagram, const SipHashKey& key, int ranks);

}  // namespace cellsweep::comm
