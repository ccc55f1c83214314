#pragma once

#include <string>

namespace cellsweep::comm {

// The libraries that connect ranks, as the running process has them: MPI's whole text of its version, and
// NCCL's number in builds with CUDA. Needs no MpiSession. Throws Error where a library does not tell.
std::string library_versions();

}  // namespace cellsweep::comm
