// The GPU of a rank of a test.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "comm/gpu/device.h"
#include "parallel/world.h"

namespace cellsweep {

// Collective, once. The number of this rank's GPU; nothing if a rank sees none. If there are fewer GPUs
// than ranks, they share: NCCL takes ranks of different NCCL_HOSTID for ranks of different hosts.
inline std::optional<int> gpu_of_this_rank() {
  static const std::optional<int> gpu = [] {
    std::array<std::int64_t, 1> fewest = {comm::visible_devices()};
    world().all_reduce(fewest, comm::Reduction::min);
    if (fewest[0] == 0) return std::optional<int>();
    if (fewest[0] < world().size()) setenv("NCCL_HOSTID", std::to_string(world().rank()).c_str(), 1);
    return comm::choose_device(world(), {.device = comm::Device::cuda});
  }();
  return gpu;
}

// ctest counts what says so as skipped.
#define SKIP_WITHOUT_GPU() \
  if (!gpu_of_this_rank()) GTEST_SKIP() << "NO GPU: THIS WAS NOT TESTED"

}  // namespace cellsweep
