// Sums over a group, in the memory of GPUs.
#pragma once

#include <memory>

#include "comm/communicator.h"
#include "comm/device_reduction.h"
#include "comm/watchdog/watchdog.h"

namespace cellsweep::comm {

// Over the host's memory and `group`, which outlives it: works wherever MPI does, but waits for each sum, and
// takes no bfloat16. Throws Error in builds without CUDA, as does the following.
std::unique_ptr<DeviceReduction> make_staged_reduction(Communicator& group, Watchdog& watchdog);
// Collective over `group`. Over NCCL, between GPUs that are each the current one of their rank
// (choose_device). `group` and `watchdog`, which watches all waits, outlive it.
std::unique_ptr<DeviceReduction> make_nccl_reduction(Communicator& group, Watchdog& watchdog);

}  // namespace cellsweep::comm
