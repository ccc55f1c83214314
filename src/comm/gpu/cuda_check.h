// The one place that looks at CUDA's and NCCL's return codes.
#pragma once

#include <cuda_runtime.h>
#include <nccl.h>

#include <string>

#include "base/error.h"

namespace cellsweep::comm {

// Throws an Error that names `call` and CUDA's reason, unless `code` is cudaSuccess.
inline void check_cuda(cudaError_t code, const char* call) {
  if (code != cudaSuccess) throw Error(std::string(call) + " failed: " + cudaGetErrorString(code));
}

// The same for NCCL. An operation that is still under way (ncclInProgress) has not failed.
inline void check_nccl(ncclResult_t code, const char* call) {
  if (code != ncclSuccess && code != ncclInProgress)
    throw Error(std::string(call) + " failed: " + ncclGetErrorString(code));
}

}  // namespace cellsweep::comm
