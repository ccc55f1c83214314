// The config of a job.
#pragma once

#include "comm/communicator.h"
#include "config/config.h"
#include "job/run_arguments.h"

namespace cellsweep::job {

// Collective. Rank 0 alone reads the files and sends the config to the others, so a file that changes
// meanwhile, or that is not on every host, does no harm. Throws comm::CollectiveError.
config::Config load_config(const RunArguments& arguments, comm::Communicator& world);

}  // namespace cellsweep::job
