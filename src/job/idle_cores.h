// Cores of a job's hosts that nothing computes on.
#pragma once

#include <string>

#include "comm/communicator.h"

namespace cellsweep::job {

// What a host has for the ranks on it.
struct HostCores {
  std::string name;
  int ranks = 0;
  int cores =
      0;  // that the launcher allotted to all of them, no more than a control group leaves them time for
  int busy = 0;  // of them, with a thread that computes
};

// "1 of 2 cores of vm is idle: start 2 ranks there, or set parallel.threads: 2"; empty if none is.
std::string idle_text(const HostCores& host);

// Collective: the idle_text of each host if each rank computes with so many `threads`; the same on all
// ranks, empty if no core is idle. What was left out on purpose does not count: cores that Slurm, taskset
// or a container keep from the job.
std::string idle_cores(comm::Communicator& world, int threads);

}  // namespace cellsweep::job
