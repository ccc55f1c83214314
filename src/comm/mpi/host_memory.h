// Memory that the ranks of one host share.
#pragma once

#include <mpi.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "comm/mpi/shared_memory.h"

namespace cellsweep::comm {

// In an exchange, each rank fills a slot of its memory and all read it. All is collective over the ranks of
// the host, but slot_of(). What waits here waits for other ranks: the caller has the watchdog watch.
//
// Slots lie one after the other in a ring that holds four of the largest, so that an exchange never touches
// the slots of the one before: who fills a slot again knows that all ranks have met since they read it, and
// no further wait is needed. A ring longer than a core's cache also makes filling cheaper: what other cores
// have read lately would first have to be taken from their caches.
class HostMemory {
 public:
  static constexpr std::size_t capacity = std::size_t{1}
                                          << 19;  // bytes of the largest slot; beyond, MPI is faster

  // Collective over `host`, ranks that share memory. Null, on all ranks alike, if there is none to be had.
  static std::unique_ptr<HostMemory> make(MPI_Comm host);
  int rank() const { return rank_; }
  int size() const { return static_cast<int>(segments_.size()); }

  // Begins an exchange of slots of `bytes`, at most capacity, the same on all ranks: this rank's slot, to be
  // filled.
  std::byte* begin(std::size_t bytes);
  // Declares that this rank is done with its part, and waits until all are.
  void meet();
  // The slot of a rank in this exchange.
  std::byte* slot_of(int rank);

 private:
  // What a rank lays out in its part of the memory. The counter has a cache line of its own: others poll it.
  struct Segment {
    alignas(64) std::atomic<std::uint64_t> meetings;
    alignas(64) std::byte ring[4 * capacity];
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  HostMemory(MPI_Comm host, std::unique_ptr<SharedMemory> memory);

  std::unique_ptr<SharedMemory> memory_;
  int rank_ = 0;
  std::vector<Segment*> segments_;
  std::size_t slot_ = 0, next_slot_ = 0;  // where they begin in the ring
  std::uint64_t meetings_ = 0;
};

}  // namespace cellsweep::comm
