// Which GPU a rank computes on.
#pragma once

#include <optional>

#include "comm/communicator.h"
#include "comm/parallel_options.h"

namespace cellsweep::comm {

// GPUs that this process may use; 0 if there is no driver, and in builds without CUDA.
int visible_devices();

// Collective over all ranks of the job. Chooses each rank's GPU by its place among the ranks of its host,
// makes it CUDA's current device, and returns its number; nothing if the ranks are to compute on CPUs.
// Launchers that let each rank see only its own GPU are understood.
//   device: cuda       throws a CollectiveError of a UserError's kind if a rank sees no GPU, or if
//   ranks
//                      would share one that may not (NCCL does not let them), naming those ranks
//   device: automatic  is cpu there
// Ranks may share a GPU with backend: mpi, and if each has an NCCL_HOSTID of its own in the environment,
// which makes NCCL take them for hosts (for tests).
std::optional<int> choose_device(Communicator& world, const ParallelOptions& options);

}  // namespace cellsweep::comm
