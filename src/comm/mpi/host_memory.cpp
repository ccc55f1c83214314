#include "comm/mpi/host_memory.h"

#include <sched.h>

#include <cassert>
#include <utility>

#include "comm/mpi/mpi_check.h"
#include "comm/shared_memory_space.h"

namespace cellsweep::comm {
namespace {

// The others are late by microseconds if every rank has a core. If there are more ranks than cores, the
// one that is waited for may need this core.
constexpr int polls_before_yield = 2000;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

std::unique_ptr<HostMemory> HostMemory::make(MPI_Comm host) {
  auto memory = SharedMemory::make(host, sizeof(Segment), spare_for_mpi);
  return memory ? std::unique_ptr<HostMemory>(new HostMemory(host, std::move(memory))) : nullptr;
}

// The memory is zero, as are the counters that begin in it.
HostMemory::HostMemory(MPI_Comm host, std::unique_ptr<SharedMemory> memory) : memory_(std::move(memory)) {
  int size = 0;
  check_mpi(MPI_Comm_rank(host, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(host, &size), "MPI_Comm_size");
  for (int rank = 0; rank < size; ++rank)
    segments_.push_back(reinterpret_cast<Segment*>(memory_->part(rank)));
}

std::byte* HostMemory::begin(std::size_t bytes) {
  assert(bytes <= capacity);
  slot_ = next_slot_ + bytes > sizeof(Segment::ring) ? 0 : next_slot_;
  next_slot_ = (slot_ + bytes + 63) / 64 * 64;
  return slot_of(rank_);
}

std::byte* HostMemory::slot_of(int rank) {
  return segments_[rank]->ring + slot_;
}

void HostMemory::meet() {
  ++meetings_;
  segments_[rank_]->meetings.store(meetings_, std::memory_order_release);
  for (Segment* const segment : segments_)
    for (int polls = 0; segment->meetings.load(std::memory_order_acquire) < meetings_; ++polls) {
      if (polls < polls_before_yield)
        pause_briefly();
      else
        sched_yield();
    }
}

}  // namespace cellsweep::comm
