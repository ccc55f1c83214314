#include "comm/mpi/mpi_communicator.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>
#include <vector>

#include "comm/chunks.h"
#include "comm/mpi/mpi_check.h"
#include "comm/mpi/mpi_operation.h"
#include "comm/mpi/shared_memory.h"
#include "comm/shared_memory_space.h"

namespace cellsweep::comm {

namespace {

// Below INT_MAX with room: some algorithms of Open MPI add counts up in an int.
constexpr std::size_t max_count = std::size_t{1} << 30;

// Local, so it may be asked for at any time.
std::vector<int> world_ranks(MPI_Comm handle) {
  MPI_Group group = MPI_GROUP_NULL, world = MPI_GROUP_NULL;
  check_mpi(MPI_Comm_group(handle, &group), "MPI_Comm_group");
  check_mpi(MPI_Comm_group(MPI_COMM_WORLD, &world), "MPI_Comm_group");
  int size = 0;
  check_mpi(MPI_Group_size(group, &size), "MPI_Group_size");
  std::vector<int> own(size), in_world(own.size());
  std::iota(own.begin(), own.end(), 0);
  check_mpi(MPI_Group_translate_ranks(group, size, own.data(), world, in_world.data()),
            "MPI_Group_translate_ranks");
  MPI_Group_free(&group);
  MPI_Group_free(&world);
  return in_world;
}

// SplitMix64's: numbers of parts of parts do not meet.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

MpiCommunicator::MpiCommunicator(MPI_Comm handle, Ownership ownership, Watchdog& watchdog,
                                 std::uint64_t number)
    : handle_(handle),
      ownership_(ownership),
      watchdog_(watchdog),
      group_(watchdog, number, world_ranks(handle)) {
  check_mpi(MPI_Comm_set_errhandler(handle_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_rank(handle_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(handle_, &size_), "MPI_Comm_size");
}

MpiCommunicator::~MpiCommunicator() {
  if (host_reduction_) {
    const Watchdog::Guard guard(watchdog_, group_, "MPI_Comm_free");
    host_reduction_.reset();
  }
  if (ownership_ == Ownership::borrowed) return;
  const Watchdog::Guard guard(watchdog_, group_, "MPI_Comm_free");
  MPI_Comm_free(&handle_);
}

// Why MPI's result is bitwise equal on all ranks: each of Open MPI's algorithms (linear, nonoverlapping, ring
// and its segments, recursive doubling, Rabenseifner) either reduces an element on one rank and copies it, or
// does the same tree of operations on all ranks; if operands are swapped, IEEE addition commutes. The
// parallel tests check each.
template <class Value>
void MpiCommunicator::reduce_to_all(std::span<Value> values, MPI_Datatype type, Reduction reduction) {
  if (size_ == 1) return;
  if (!looked_for_host_reduction_) {
    const Watchdog::Guard guard(watchdog_, group_, "allocation of shared memory");
    host_reduction_ = HostReduction::make(handle_);
    looked_for_host_reduction_ = true;
  }
  if (host_reduction_ && HostReduction::fits(values.size_bytes())) {
    const Watchdog::Guard guard(watchdog_, group_, "all-reduce in shared memory");
    return host_reduction_->all_reduce(values, type, reduction);
  }
  for_each_chunk(values.size(), max_count, [&](std::size_t offset, int count) {
    const Watchdog::Guard guard(watchdog_, group_, "MPI_Allreduce");
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data() + offset, count, type, to_mpi(reduction), handle_),
              "MPI_Allreduce");
  });
}

void MpiCommunicator::all_reduce(std::span<float> values, Reduction reduction) {
  reduce_to_all(values, MPI_FLOAT, reduction);
}

void MpiCommunicator::all_reduce(std::span<double> values, Reduction reduction) {
  reduce_to_all(values, MPI_DOUBLE, reduction);
}

void MpiCommunicator::all_reduce(std::span<std::int64_t> values, Reduction reduction) {
  reduce_to_all(values, MPI_INT64_T, reduction);
}

void MpiCommunicator::broadcast(std::span<std::byte> bytes, int root) {
  assert(root >= 0 && root < size_);
  for_each_chunk(bytes.size(), max_count, [&](std::size_t offset, int count) {
    const Watchdog::Guard guard(watchdog_, group_, "MPI_Bcast");
    check_mpi(MPI_Bcast(bytes.data() + offset, count, MPI_BYTE, root, handle_), "MPI_Bcast");
  });
}

void MpiCommunicator::all_gather(std::span<const std::byte> mine, std::span<std::byte> all) {
  assert(all.size() == mine.size() * size_);
  if (mine.empty()) return;
  if (all.size() <= max_count) {
    const Watchdog::Guard guard(watchdog_, group_, "MPI_Allgather");
    const int count = static_cast<int>(mine.size());
    check_mpi(MPI_Allgather(mine.data(), count, MPI_BYTE, all.data(), count, MPI_BYTE, handle_),
              "MPI_Allgather");
    return;
  }
  std::ranges::copy(mine, all.subspan(mine.size() * rank_).begin());
  for (int root = 0; root < size_; ++root) broadcast(all.subspan(mine.size() * root, mine.size()), root);
}

void MpiCommunicator::barrier() {
  const Watchdog::Guard guard(watchdog_, group_, "MPI_Barrier");
  check_mpi(MPI_Barrier(handle_), "MPI_Barrier");
}

// All ranks of a part know its first one's place in the world, and which of this group's operations made it.
std::unique_ptr<Communicator> MpiCommunicator::make_part(MPI_Comm handle, std::uint64_t split) const {
  const auto first = static_cast<std::uint64_t>(world_ranks(handle).front());
  return std::make_unique<MpiCommunicator>(handle, Ownership::owned, watchdog_,
                                           mix(mix(group_.number() + mix(split)) + first));
}

std::unique_ptr<Communicator> MpiCommunicator::split(int color, int key) {
  assert(color >= 0);
  const Watchdog::Guard guard(watchdog_, group_, "MPI_Comm_split");
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(handle_, color, key, &part), "MPI_Comm_split");
  return make_part(part, group_.operations());
}

std::unique_ptr<Communicator> MpiCommunicator::split_by_host() {
  const Watchdog::Guard guard(watchdog_, group_, "MPI_Comm_split_type");
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(handle_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &part),
            "MPI_Comm_split_type");
  return make_part(part, group_.operations());
}

// Each rank may want a ring for its sums in this place as well, of the group that trains.
std::shared_ptr<std::byte> MpiCommunicator::allocate_shared(std::size_t bytes) {
  const Watchdog::Guard guard(watchdog_, group_, "allocation of shared memory");
  const std::shared_ptr<SharedMemory> memory =
      SharedMemory::make(handle_, rank_ == 0 ? bytes : 0, shared_memory_spare);
  return memory ? std::shared_ptr<std::byte>(memory, memory->part(0)) : nullptr;
}

}  // namespace cellsweep::comm
