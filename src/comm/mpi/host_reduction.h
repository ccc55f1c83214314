// All-reduce of small buffers through memory that the ranks of a host share, and MPI between the hosts.
#pragma once

#include <mpi.h>

#include <memory>
#include <span>

#include "comm/communicator.h"
#include "comm/mpi/host_memory.h"

namespace cellsweep::comm {

// Faster than MPI's own for what fits a slot, because it copies once and calls no library. The caller has the
// watchdog watch.
class HostReduction {
 public:
  // Collective over `group`. Null, on all ranks alike, if no two ranks share a host or the memory cannot
  // be had.
  static std::unique_ptr<HostReduction> make(MPI_Comm group);
  ~HostReduction();
  HostReduction(const HostReduction&) = delete;
  HostReduction& operator=(const HostReduction&) = delete;

  // Whether `bytes` fit. The same on all ranks.
  static bool fits(std::size_t bytes) { return bytes <= HostMemory::capacity; }

  // Collective. Replaces `values`, which fit, by their reduction: over a host's ranks in the order of
  // add_pairwise(), over hosts as MPI does it. Bitwise the same on every rank.
  template <class Value>
  void all_reduce(std::span<Value> values, MPI_Datatype type, Reduction reduction);

 private:
  HostReduction(MPI_Comm host, MPI_Comm leaders, int hosts, std::unique_ptr<HostMemory> memory);

  MPI_Comm host_, leaders_;  // leaders_: the first rank of each host; null on others
  int hosts_;
  std::unique_ptr<HostMemory> memory_;
};

}  // namespace cellsweep::comm
