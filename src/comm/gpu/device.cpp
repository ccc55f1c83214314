#include "comm/gpu/device.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comm/agreement.h"
#include "comm/gpu/cuda_check.h"

namespace cellsweep::comm {

namespace {

// A rank's choice, for the others on its host.
struct DeviceChoice {
  int world_rank = 0;
  int visible = 0;
  int number = 0;
  std::array<char, sizeof(cudaUUID_t::bytes)> uuid = {};
  std::size_t nccl_host = 0;  // distinguishes NCCL_HOSTIDs
};

DeviceChoice choose(int world_rank, int place_on_host) {
  DeviceChoice choice = {.world_rank = world_rank, .visible = visible_devices()};
  if (const char* host = std::getenv("NCCL_HOSTID")) choice.nccl_host = std::hash<std::string_view>()(host);
  if (choice.visible == 0) return choice;
  choice.number = place_on_host % choice.visible;
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, choice.number), "cudaGetDeviceProperties");
  std::memcpy(choice.uuid.data(), properties.uuid.bytes, choice.uuid.size());
  return choice;
}

// Device numbers say nothing across ranks (each may see other GPUs), so two choices are compared by the GPU's
// UUID.
void check_choices(std::span<const DeviceChoice> on_host, const DeviceChoice& mine,
                   const ParallelOptions& options) {
  const std::string rank = "rank " + std::to_string(mine.world_rank);
  if (mine.visible == 0)
    throw UserError(rank +
                    " sees no GPU: use parallel.device: cpu, or check the driver and CUDA_VISIBLE_DEVICES");
  if (options.backend == Backend::mpi) return;
  std::string sharers;
  int count = 0;
  for (const DeviceChoice& other : on_host) {
    if (other.visible == 0 || other.uuid != mine.uuid || other.nccl_host != mine.nccl_host) continue;
    sharers += (count++ == 0 ? "" : ", ") + std::to_string(other.world_rank);
  }
  if (count > 1)
    throw UserError("ranks " + sharers + " would share one GPU, which NCCL does not permit: their host has " +
                    std::to_string(on_host.size()) + " ranks, but rank " + std::to_string(mine.world_rank) +
                    " sees " + std::to_string(mine.visible) +
                    " GPU(s). Start no more ranks on a host than it has GPUs, or set parallel.backend: mpi, "
                    "which sums in the host's memory");
}

}  // namespace

int visible_devices() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::optional<int> choose_device(Communicator& world, const ParallelOptions& options) {
  if (options.device == Device::cpu) return std::nullopt;
  const auto host = world.split_by_host();
  DeviceChoice mine;
  run_collectively(world, [&] { mine = choose(world.rank(), host->rank()); });
  std::vector<DeviceChoice> on_host(host->size());
  host->all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(on_host)));
  try {
    run_collectively(world, [&] {
      check_choices(on_host, mine, options);
      check_cuda(cudaSetDevice(mine.number), "cudaSetDevice");
    });
  } catch (const CollectiveError& error) {
    if (options.device == Device::automatic && error.code() == ExitCode::bad_input) return std::nullopt;
    throw;
  }
  return mine.number;
}

}  // namespace cellsweep::comm
