#include "comm/mpi/mpi_version.h"

#include <mpi.h>

#include <array>

#include "comm/mpi/mpi_check.h"

namespace cellsweep::comm {

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check_mpi(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  std::string version = text.data();
  version.resize(version.find_last_not_of(" \n") + 1);
  return version;
}

}  // namespace cellsweep::comm
