#pragma once

#include <mpi.h>

#include "comm/communicator.h"

namespace cellsweep::comm {

inline MPI_Op to_mpi(Reduction reduction) {
  switch (reduction) {
    case Reduction::min:
      return MPI_MIN;
    case Reduction::max:
      return MPI_MAX;
    case Reduction::sum:
      break;
  }
  return MPI_SUM;
}

}  // namespace cellsweep::comm
