// Which GPU a rank computes on.
#pragma once

#include "comm/communicator.h"

namespace cellsweep::comm {

// GPUs that this process may use; 0 where there is no driver.
int visible_devices();

// Collective over all ranks of the job. Gives each rank of a host a GPU of its own, by its place among the
// host's ranks, makes it CUDA's current device, and returns its number. Launchers that let each rank see only
// its own GPU are understood. Throws an AgreedError of a UserError's kind where a rank sees no GPU, or where
// a host has more ranks than GPUs, naming those ranks.
int choose_device(Communicator& world);

}  // namespace cellsweep::comm
