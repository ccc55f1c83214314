// What the environment says about how this process was started.
#pragma once

#include <functional>
#include <optional>

namespace cellsweep::comm {

struct Launch {
  bool through_mpi = false;       // by an MPI launcher: MPI is to be started
  std::optional<int> asked_size;  // number of ranks that the launcher was asked for, if it says so
  // Whether it is the first rank on its host; true for all if the launcher does not say.
  bool is_first_of_host = true;
};

// Reads the environment with `variable`, which gives a variable's value or nullptr, as std::getenv does.
// Throws UserError if Slurm started several processes without telling MPI of each other.
Launch detect_launch(const std::function<const char*(const char*)>& variable);

// Whether this process is rank 0, as far as the launcher says before MPI is started; so is one alone.
bool is_first_rank(const std::function<const char*(const char*)>& variable);

// Throws UserError if MPI sees another number of ranks than was asked for.
void check_world_size(const Launch& launch, int world_size);

}  // namespace cellsweep::comm
