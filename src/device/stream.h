// Where work is done.
#pragma once

#include "comm/device_reduction.h"

namespace cellsweep::device {

// A CUDA stream of the current device; or this thread, on memory of the host, if `is_host` is set. The
// same kernels run on both, so that all of a step but CUDA itself is tested on machines without a GPU.
struct Stream {
  bool is_host = true;
  comm::Stream stream = nullptr;
};

}  // namespace cellsweep::device
