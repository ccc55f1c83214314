// Memory that the ranks of one host share.
#pragma once

#include <mpi.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cellsweep::comm {

// A slot of memory for each rank of a host, which it fills and all of them read. Everything but capacity() and
// slot_of() is collective over the ranks of the host. What waits here waits for other ranks: the caller has the
// watchdog watch.
//
// Two slots a rank take turns, so that an exchange needs one wait only: who fills a slot again knows that all
// ranks have filled the other one since, and so have read this one.
class HostMemory {
 public:
  static constexpr std::size_t capacity = std::size_t{1} << 20;  // bytes of a slot

  // `host`: ranks that share memory; it outlives this. Null, on all ranks alike, where no memory can be had.
  static std::unique_ptr<HostMemory> make(MPI_Comm host);
  ~HostMemory();
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(segments_.size()); }

  // Begins an exchange: this rank's slot, to be filled.
  std::byte* begin();
  // Tells that this rank is done with its part, and waits until all are.
  void meet();
  // The slot of a rank in this exchange.
  std::byte* slot_of(int rank);

 private:
  // What a rank lays out in the shared window. The counter has a cache line of its own: others poll it.
  struct Segment {
    alignas(64) std::atomic<std::uint64_t> meetings;
    alignas(64) std::byte slots[2][capacity];
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  HostMemory(MPI_Comm host, MPI_Win window, Segment* mine);

  MPI_Win window_;
  int exceptions_before_;
  int rank_ = 0;
  std::vector<Segment*> segments_;
  std::uint64_t exchanges_ = 0;
  std::uint64_t meetings_ = 0;
};

}  // namespace cellsweep::comm
