// What a run takes of a host's memory, before anything of it is made.
#pragma once

#include <cstdint>
#include <string>

#include "base/memory.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/network.h"

namespace cellsweep::job {

// Bytes. On a GPU, that of the host.
struct RunMemory {
  std::int64_t parameters = 0;  // trainable ones
  double program = 0;  // of each rank: the program and the libraries that it loads; not in the sums below
  double data = 0;     // samples
  bool shares_data = true;  // a host has them once, else each of its ranks has a copy
  double weights = 0;       // of each rank: weights, gradients, moments, and copies of them
  double workspaces = 0;    // of each rank: what grows with the batch
  double checkpoint = 0;    // of the first rank: a copy of the run's state, and its file

  // For a process that is alone; for `ranks` processes of a host, one of which is the first of its group.
  double of_process() const { return of_host(1); }
  double of_host(int ranks) const {
    return data_of_host(ranks) + ranks * (weights + workspaces) + checkpoint;
  }
  double data_of_host(int ranks) const { return shares_data ? data : ranks * data; }
};

// The memory that the run surely needs, without what the program and its libraries take. `splits` may be an
// outline. `ranks` train the run together. Throws UserError if a reproducible run cannot have so many ranks.
RunMemory memory_of_run(const config::Config& config, const data::Splits& splits, int ranks,
                        model::Engine engine);

// Throws UserError, which says what needs how much and which keys to lower, if the host or this process
// cannot have it.
void require_memory_of_run(const RunMemory& memory, const config::Config& config, int ranks_of_host,
                           const MemoryLimits& limits = memory_limits());

// What the run needs and which keys to lower, to end a message.
std::string needs_text(const RunMemory& memory, const config::Config& config);
// The message if memory ran out all the same.
std::string out_of_memory(const RunMemory& memory, const config::Config& config);

// "24,586 parameters, 30 MB": of a process that is alone, with what the program and its libraries take.
std::string sizes_text(const RunMemory& memory);

}  // namespace cellsweep::job
