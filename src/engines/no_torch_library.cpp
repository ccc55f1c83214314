// In place of what loads LibTorch, in builds without it.
#include "base/error.h"
#include "engines/torch_library.h"

namespace cellsweep::engines {

const TorchLibrary& load_torch_library() {
  throw UserError(
      "this build of cellsweep is without LibTorch: use parallel.engine fused or auto with parallel.device "
      "cpu, "
      "or build it with CELLSWEEP_TORCH=ON, as ./launch/build does");
}

}  // namespace cellsweep::engines
