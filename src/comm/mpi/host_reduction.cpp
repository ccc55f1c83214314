#include "comm/mpi/host_reduction.h"

#include <algorithm>
#include <bit>
#include <exception>

#include "comm/mpi/mpi_check.h"
#include "comm/mpi/mpi_operation.h"

namespace cellsweep::comm {
namespace {

// Below this many bytes a second meeting costs more than that every rank reads all slots.
constexpr std::size_t small = 8192;

// out = a and b reduced; `out` may be `a`.
template <class Value>
void combine(Reduction reduction, const Value* a, const Value* b, std::size_t count, Value* out) {
  switch (reduction) {
    case Reduction::sum:
      for (std::size_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
      return;
    case Reduction::min:
      for (std::size_t i = 0; i < count; ++i) out[i] = std::min(a[i], b[i]);
      return;
    case Reduction::max:
      for (std::size_t i = 0; i < count; ++i) out[i] = std::max(a[i], b[i]);
      return;
  }
}

// Reduces values [begin, end) of the slots of ranks first … first + ranks - 1 into `out`, as a binary tree.
template <class Value>
void reduce_slots(HostMemory& memory, Reduction reduction, int first, int ranks, std::size_t begin,
                  std::size_t end, Value* out) {
  const auto slot = [&](int rank) { return reinterpret_cast<const Value*>(memory.slot_of(rank)) + begin; };
  if (ranks == 1) {
    std::copy_n(slot(first), end - begin, out);
    return;
  }
  if (ranks == 2) return combine(reduction, slot(first), slot(first + 1), end - begin, out);
  const auto half = static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks - 1)));
  constexpr std::size_t block = 512;  // stays in the cache
  for (; begin < end; begin += block, out += block) {
    const std::size_t count = std::min(block, end - begin);
    Value other[block];
    reduce_slots(memory, reduction, first, half, begin, begin + count, out);
    reduce_slots(memory, reduction, first + half, ranks - half, begin, begin + count, other);
    combine(reduction, out, other, count, out);
  }
}

}  // namespace

std::unique_ptr<HostReduction> HostReduction::make(MPI_Comm group) {
  MPI_Comm host = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(group, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
  check_mpi(MPI_Comm_set_errhandler(host, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  int host_rank = 0, host_size = 0;
  check_mpi(MPI_Comm_rank(host, &host_rank), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(host, &host_size), "MPI_Comm_size");
  MPI_Comm leaders = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(group, host_rank == 0 ? 0 : MPI_UNDEFINED, 0, &leaders), "MPI_Comm_split");
  auto memory = HostMemory::make(host);
  int counts[] = {host_rank == 0 ? 1 : 0, memory == nullptr ? 1 : 0, host_size > 1 ? 1 : 0};
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, counts, 3, MPI_INT, MPI_SUM, group), "MPI_Allreduce");
  std::unique_ptr<HostReduction> made(new HostReduction(host, leaders, counts[0], std::move(memory)));
  return counts[1] == 0 && counts[2] > 0 ? std::move(made) : nullptr;
}

HostReduction::HostReduction(MPI_Comm host, MPI_Comm leaders, int hosts, std::unique_ptr<HostMemory> memory)
    : host_(host), leaders_(leaders), hosts_(hosts), memory_(std::move(memory)) {}

HostReduction::~HostReduction() {
  // An exception on its way is one that the other ranks do not know of: they would not come to free these.
  if (std::uncaught_exceptions() > 0) return;
  memory_.reset();
  if (leaders_ != MPI_COMM_NULL) MPI_Comm_free(&leaders_);
  MPI_Comm_free(&host_);
}

template <class Value>
void HostReduction::all_reduce(std::span<Value> values, MPI_Datatype type, Reduction reduction) {
  const int ranks = memory_->size();
  const std::size_t count = values.size();
  auto* const mine = reinterpret_cast<Value*>(memory_->begin(values.size_bytes()));
  std::ranges::copy(values, mine);
  memory_->meet();
  if (hosts_ == 1 && (ranks <= 2 || values.size_bytes() <= small))
    return reduce_slots(*memory_, reduction, 0, ranks, 0, count, values.data());

  // Each rank reduces a part, in place in its own slot: nobody else reads that part of that slot.
  const auto part = [&](int rank) { return count * rank / ranks; };
  const std::size_t begin = part(memory_->rank()), end = part(memory_->rank() + 1);
  reduce_slots(*memory_, reduction, 0, ranks, begin, end, values.data() + begin);
  std::copy(values.data() + begin, values.data() + end, mine + begin);
  memory_->meet();
  const auto collect = [&](Value* to) {
    for (int rank = 0; rank < ranks; ++rank) {
      const auto* const from = reinterpret_cast<const Value*>(memory_->slot_of(rank));
      if (from != to) std::copy(from + part(rank), from + part(rank + 1), to + part(rank));
    }
  };
  if (hosts_ == 1) return collect(values.data());

  if (leaders_ != MPI_COMM_NULL) {
    collect(mine);
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, mine, static_cast<int>(count), type, to_mpi(reduction), leaders_),
              "MPI_Allreduce");
  }
  memory_->meet();
  std::copy_n(reinterpret_cast<const Value*>(memory_->slot_of(0)), count, values.data());
}

template void HostReduction::all_reduce(std::span<float>, MPI_Datatype, Reduction);
template void HostReduction::all_reduce(std::span<double>, MPI_Datatype, Reduction);
template void HostReduction::all_reduce(std::span<std::int64_t>, MPI_Datatype, Reduction);

}  // namespace cellsweep::comm
