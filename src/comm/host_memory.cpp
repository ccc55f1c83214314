#include "comm/host_memory.h"

#include <sched.h>

#include <cassert>
#include <exception>
#include <new>

#include "comm/mpi_check.h"

namespace cellsweep::comm {
namespace {

// The others are late by microseconds where every rank has a core. Where there are more ranks than cores, the
// one that is waited for may need this core.
constexpr int polls_before_yield = 2000;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// MPI aligns a window's parts to 8 bytes only. Every process maps the window from the start of a page, so all
// find the same place.
template <class Object>
Object* aligned(void* base) {
  std::size_t space = sizeof(Object) + alignof(Object);
  return static_cast<Object*>(std::align(alignof(Object), sizeof(Object), base, space));
}

}  // namespace

std::unique_ptr<HostMemory> HostMemory::make(MPI_Comm host) {
  MPI_Win window = MPI_WIN_NULL;
  void* base = nullptr;
  int made = MPI_Win_allocate_shared(sizeof(Segment) + alignof(Segment), 1, MPI_INFO_NULL, host, &base,
                                     &window) == MPI_SUCCESS
                 ? 1
                 : 0;
  int all_made = 0;
  check_mpi(MPI_Allreduce(&made, &all_made, 1, MPI_INT, MPI_MIN, host), "MPI_Allreduce");
  if (all_made == 0) return nullptr;
  Segment* const mine = aligned<Segment>(base);
  new (&mine->meetings) std::atomic<std::uint64_t>(0);
  check_mpi(MPI_Barrier(host), "MPI_Barrier");  // the counters of all ranks are zero
  return std::unique_ptr<HostMemory>(new HostMemory(host, window));
}

HostMemory::HostMemory(MPI_Comm host, MPI_Win window)
    : window_(window), exceptions_before_(std::uncaught_exceptions()) {
  int size = 0;
  check_mpi(MPI_Comm_rank(host, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(host, &size), "MPI_Comm_size");
  for (int rank = 0; rank < size; ++rank) {
    MPI_Aint bytes = 0;
    int unit = 0;
    void* base = nullptr;
    check_mpi(MPI_Win_shared_query(window_, rank, &bytes, &unit, static_cast<void*>(&base)),
              "MPI_Win_shared_query");
    segments_.push_back(aligned<Segment>(base));
  }
}

// An exception on its way is one that the other ranks do not know of: they would not come to free the window.
HostMemory::~HostMemory() {
  if (std::uncaught_exceptions() == exceptions_before_) MPI_Win_free(&window_);
}

std::byte* HostMemory::begin(std::size_t bytes) {
  assert(bytes <= capacity);
  slot_ = next_slot_ + bytes > sizeof(Segment::ring) ? 0 : next_slot_;
  next_slot_ = (slot_ + bytes + 63) / 64 * 64;
  return slot_of(rank_);
}

std::byte* HostMemory::slot_of(int rank) {
  return segments_[static_cast<std::size_t>(rank)]->ring + slot_;
}

void HostMemory::meet() {
  ++meetings_;
  segments_[static_cast<std::size_t>(rank_)]->meetings.store(meetings_, std::memory_order_release);
  for (Segment* const segment : segments_)
    for (int polls = 0; segment->meetings.load(std::memory_order_acquire) < meetings_; ++polls) {
      if (polls < polls_before_yield)
        pause_briefly();
      else
        sched_yield();
    }
}

}  // namespace cellsweep::comm
