#include "comm/gpu/nccl_version.h"

#include "comm/gpu/cuda_check.h"

namespace cellsweep::comm {

std::string nccl_version() {
  int version = 0;
  check_nccl(ncclGetVersion(&version), "ncclGetVersion");
  return "NCCL " + std::to_string(version);
}

}  // namespace cellsweep::comm
