#include "comm/device.h"

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "comm/agreement.h"
#include "comm/cuda_check.h"
#include "comm/mpi_communicator.h"

namespace cellsweep::comm {

namespace {

// A rank's choice, for the others on its host.
struct Choice {
  int world_rank = 0;
  int visible = 0;
  std::array<char, sizeof(cudaUUID_t::bytes)> uuid = {};
};

Choice choose(int world_rank, int place_on_host) {
  Choice choice = {.world_rank = world_rank, .visible = visible_devices()};
  if (choice.visible == 0) return choice;
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, place_on_host % choice.visible), "cudaGetDeviceProperties");
  std::memcpy(choice.uuid.data(), properties.uuid.bytes, choice.uuid.size());
  return choice;
}

// Device numbers say nothing across ranks (each may see other GPUs), so two choices are compared by the GPU's
// UUID.
void check_choices(std::span<const Choice> on_host, const Choice& mine) {
  const std::string rank = "rank " + std::to_string(mine.world_rank);
  if (mine.visible == 0)
    throw UserError(rank +
                    " sees no GPU: use parallel.device: cpu, or check the driver and CUDA_VISIBLE_DEVICES");
  std::string sharers;
  int count = 0;
  for (const Choice& other : on_host) {
    if (other.visible == 0 || other.uuid != mine.uuid) continue;
    sharers += (count++ == 0 ? "" : ", ") + std::to_string(other.world_rank);
  }
  if (count > 1)
    throw UserError("ranks " + sharers + " would share one GPU: their host has " +
                    std::to_string(on_host.size()) + " ranks, but rank " + std::to_string(mine.world_rank) +
                    " sees " + std::to_string(mine.visible) +
                    " GPU(s); start no more ranks on a host than it has GPUs");
}

std::unique_ptr<Communicator> ranks_of_this_host(Communicator& world) {
  auto* mpi = dynamic_cast<MpiCommunicator*>(&world);
  return mpi == nullptr ? make_self_communicator() : mpi->split_by_host();
}

}  // namespace

int visible_devices() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

int choose_device(Communicator& world) {
  const auto host = ranks_of_this_host(world);
  Choice mine;
  together(world, [&] { mine = choose(world.rank(), host->rank()); });
  std::vector<Choice> on_host(static_cast<std::size_t>(host->size()));
  host->all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(on_host)));
  int device = 0;
  together(world, [&] {
    check_choices(on_host, mine);
    device = host->rank() % mine.visible;
    check_cuda(cudaSetDevice(device), "cudaSetDevice");
  });
  return device;
}

}  // namespace cellsweep::comm
