// The entry of libcellsweep_torch.so.
#include "base/version.h"
#include "device/stepper.h"
#include "engines/torch_library.h"
#include "model/torch/torch_recurrent.h"

extern "C" const cellsweep::engines::TorchLibrary* cellsweep_torch_library() {
  static constexpr cellsweep::engines::TorchLibrary library{
      .version = cellsweep::version,
      .make_recurrent = cellsweep::model::make_torch_recurrent,
      .make_cuda_stepper = cellsweep::device::make_cuda_stepper};
  return &library;
}
