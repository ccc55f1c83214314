// Memory that the ranks of one host share.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cellsweep::comm {

// Files of memory in /dev/shm, where Open MPI's own shared memory lies, too. All pages are there from the
// start: if the file system has no room, that is known at once and on all ranks, and nothing that fills it
// later takes a page away.
class SharedMemory {
 public:
  // Collective over `host`, ranks that share memory. This rank's part has `bytes`, all zero; they may differ
  // between ranks. `spare`: so many bytes must still be free there, per rank, afterwards. Null, on all ranks
  // alike, if there is none to be had. Throws Error if MPI fails.
  static std::unique_ptr<SharedMemory> make(MPI_Comm host, std::size_t bytes, std::size_t spare);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // The part of a rank; it begins at a page.
  std::byte* part(int rank) const { return base_ + offsets_[rank]; }

 private:
  SharedMemory(std::byte* base, std::vector<std::size_t> offsets)
      : base_(base), offsets_(std::move(offsets)) {}

  std::byte* base_;
  std::vector<std::size_t> offsets_;  // of each rank's part; the last one is the size of all
};

}  // namespace cellsweep::comm
