// The one place that looks at MPI's return codes.
#pragma once

#include <mpi.h>

#include <string>

#include "base/error.h"

namespace cellsweep::comm {

// Throws an Error that names `call`, such as "MPI_Allreduce", and MPI's reason, unless `code` is MPI_SUCCESS.
inline void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) length = 0;
  throw Error(std::string(call) + " failed: " + std::string(text, length) + " (code " + std::to_string(code) +
              ")");
}

}  // namespace cellsweep::comm
