#pragma once

#include <string>

namespace cellsweep::comm {

// "NCCL 22304", as the running process has it; empty in builds without CUDA. Throws Error if NCCL does not
// report it.
std::string nccl_version();

}  // namespace cellsweep::comm
