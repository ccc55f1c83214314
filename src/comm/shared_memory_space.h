// How much room this host has for memory that ranks share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cellsweep::comm {

// Where that memory lies: Open MPI's and ours.
inline constexpr const char* shared_memory_directory = "/dev/shm";
// How it gets more room, for messages.
inline constexpr const char* shared_memory_remedy =
    "give it more room (docker run --shm-size=1g; Kubernetes: a volume `emptyDir: {medium: Memory}` at "
    "/dev/shm)";
// Open MPI 4.1 waits for ever, in MPI_Init, if less is free.
inline constexpr std::uint64_t least_for_mpi = std::uint64_t{8} << 20;

// Open MPI touches its own memory there only as it uses it: so much is left to it for each rank.
inline constexpr std::uint64_t spare_for_mpi = std::uint64_t{1} << 20;
// What Communicator::allocate_shared() leaves free for each rank: a ring for sums (HostMemory) of the group
// that trains, too.
inline constexpr std::uint64_t shared_memory_spare = spare_for_mpi + (std::uint64_t{2} << 20);

// Bytes.
struct SharedMemorySpace {
  std::uint64_t size = 0;
  std::uint64_t available = 0;
};

// Nothing if this process may not write there. Thread-safe.
std::optional<SharedMemorySpace> shared_memory_space();

// "/dev/shm on <host> has 3 of 64 MB free", or that it cannot be written.
std::string shared_memory_text(const std::optional<SharedMemorySpace>& space, const std::string& host);

}  // namespace cellsweep::comm
