#include "comm/mpi/versions.h"

#include <mpi.h>

#include <array>

#include "base/error.h"
#include "comm/mpi/mpi_check.h"
#ifdef CELLSWEEP_CUDA
#include <nccl.h>
#endif

namespace cellsweep::comm {

std::string library_versions() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check_mpi(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  std::string versions = text.data();
  versions.resize(versions.find_last_not_of(" \n") + 1);
#ifdef CELLSWEEP_CUDA
  int nccl = 0;
  if (ncclGetVersion(&nccl) != ncclSuccess) throw Error("ncclGetVersion failed");
  versions += ", NCCL " + std::to_string(nccl);
#endif
  return versions;
}

}  // namespace cellsweep::comm
