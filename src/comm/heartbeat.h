// The datagrams by which ranks tell rank 0 what they do, and rank 0 answers. They need no MPI, whose thread
// may hang.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "comm/sighting.h"

namespace cellsweep::comm {

// What only ranks of the same job know. Datagrams without it are not taken.
using Token = std::array<std::uint64_t, 2>;

struct Heartbeat {
  int rank = 0;
  int path = 0;             // which of rank 0's addresses the question went to; the answer tells it
  bool has_spoken = false;  // it ends the job, and has said why
  Sighting sighting;
};

// A datagram, and back: nothing where it is none, is of another job, or of a rank not below `ranks`.
// Operations are cut to 47 characters.
std::vector<std::byte> to_datagram(const Token& token, const Heartbeat& heartbeat);
std::optional<Heartbeat> from_datagram(std::span<const std::byte> datagram, const Token& token, int ranks);

}  // namespace cellsweep::comm
