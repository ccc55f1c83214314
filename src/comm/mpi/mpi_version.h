#pragma once

#include <string>

namespace cellsweep::comm {

// MPI's whole text of its version, as the running process has it. Needs no MpiSession. Throws Error if MPI
// does not report it.
std::string mpi_version();

}  // namespace cellsweep::comm
