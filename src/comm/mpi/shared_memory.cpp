#include "comm/mpi/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

#include "comm/mpi/mpi_check.h"
#include "comm/shared_memory_space.h"

namespace cellsweep::comm {
namespace {

// Letters of a file's name, with the zero at its end.
using Name = std::array<char, 64>;

// A file in shared memory as long as it is open on this rank, whose name goes with the rank that made it.
class File {
 public:
  File() = default;
  ~File() {
    remove_name();
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // 0, or errno's number.
  int create(std::size_t bytes) {
    std::random_device random;
    std::snprintf(name_.data(), name_.size(), "/cellsweep-%d-%08x%08x", static_cast<int>(getpid()), random(),
                  random());
    descriptor_ = shm_open(name_.data(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor_ < 0) return errno;
    is_mine_ = true;
    return ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  }
  int open(const Name& name) {
    descriptor_ = shm_open(name.data(), O_RDWR | O_CLOEXEC, 0);
    return descriptor_ >= 0 ? 0 : errno;
  }
  // Has the pages of a part now, by this rank, near whose core they lie.
  int reserve(std::size_t offset, std::size_t bytes) const {
    if (bytes == 0) return 0;
    int error = EINTR;  // a signal ends the call
    while (error == EINTR)
      error = posix_fallocate(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes));
    return error;
  }
  // Who has it open keeps it.
  void remove_name() {
    if (std::exchange(is_mine_, false)) shm_unlink(name_.data());
  }

  int descriptor() const { return descriptor_; }
  const Name& name() const { return name_; }

 private:
  int descriptor_ = -1;
  bool is_mine_ = false;
  Name name_{};
};

std::vector<std::size_t> offsets_of_parts(MPI_Comm host, std::size_t mine) {
  int ranks = 0;
  check_mpi(MPI_Comm_size(host, &ranks), "MPI_Comm_size");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t rounded_up = (mine + page - 1) / page * page;
  std::vector<std::uint64_t> sizes(ranks);
  check_mpi(MPI_Allgather(&rounded_up, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, host),
            "MPI_Allgather");
  std::vector<std::size_t> offsets{0};
  for (const std::uint64_t size : sizes) offsets.push_back(offsets.back() + size);
  return offsets;
}

int worst_of(MPI_Comm host, int error) {
  int worst = 0;
  check_mpi(MPI_Allreduce(&error, &worst, 1, MPI_INT, MPI_MAX, host), "MPI_Allreduce");
  return worst;
}

}  // namespace

std::unique_ptr<SharedMemory> SharedMemory::make(MPI_Comm host, std::size_t bytes, std::size_t spare) {
  int rank = 0;
  check_mpi(MPI_Comm_rank(host, &rank), "MPI_Comm_rank");
  std::vector<std::size_t> offsets = offsets_of_parts(host, bytes);
  const std::size_t all = offsets.back(), ranks = offsets.size() - 1;
  if (all == 0) return nullptr;
  File file;
  int error = 0;
  if (rank == 0) {
    const auto space = shared_memory_space();
    error = !space ? ENOENT : space->available < all + spare * ranks ? ENOSPC : file.create(all);
  }
  Name name = file.name();
  check_mpi(MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, 0, host), "MPI_Bcast");
  error = worst_of(host, error);
  if (error != 0) return nullptr;

  if (rank != 0) error = file.open(name);
  const std::size_t place = rank;
  if (error == 0) error = file.reserve(offsets[place], offsets[place + 1] - offsets[place]);
  std::unique_ptr<SharedMemory> memory;
  if (error == 0) {
    void* const base = mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), 0);
    if (base == MAP_FAILED)
      error = errno;
    else
      memory.reset(new SharedMemory(static_cast<std::byte*>(base), std::move(offsets)));
  }
  return worst_of(host, error) == 0 ? std::move(memory) : nullptr;
}

SharedMemory::~SharedMemory() {
  munmap(base_, offsets_.back());
}

}  // namespace cellsweep::comm
