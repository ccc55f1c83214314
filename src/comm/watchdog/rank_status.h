// What a rank was last seen doing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cellsweep::comm {

struct RankStatus {
  std::string operation;       // the last one that waited for other ranks; empty: none yet
  bool is_waiting = false;     // it is still in it
  bool is_overdue = false;     // and has been for longer than its own deadline
  std::uint64_t group = 0;     // the communicator of the operation: the same number on all of its ranks
  std::uint64_t sequence = 0;  // which of that communicator's operations it is, from 1
  double seconds = 0;          // that it has been in it, or has computed since
  std::vector<bool> members;   // of that communicator, by world rank; empty if unknown
};

}  // namespace cellsweep::comm
