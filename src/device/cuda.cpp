#include "device/cuda.h"

#include <ATen/Context.h>

#include <cstdlib>

namespace cellsweep::device {

void configure_cuda(train::Precision precision, model::Engine engine) {
  const bool tf32 = precision == train::Precision::tf32;
  at::globalContext().setAllowTF32CuBLAS(tf32);
  at::globalContext().setAllowTF32CuDNN(tf32);
  at::globalContext().setUserEnabledCuDNN(engine == model::Engine::cudnn);
  // cuBLAS's documentation on results reproducibility: with workspaces of this configuration, streams that
  // run at the same time do not change the order of additions.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
}

}  // namespace cellsweep::device
