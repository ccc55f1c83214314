// In place of what needs CUDA, in builds without it.
#include "base/error.h"
#include "comm/gpu/device.h"
#include "comm/gpu/gpu_reductions.h"
#include "comm/gpu/nccl_version.h"

namespace cellsweep::comm {

int visible_devices() {
  return 0;
}

std::optional<int> choose_device(Communicator&, const ParallelOptions& options) {
  if (options.device == Device::cuda)
    throw UserError(
        "parallel.device: this build computes on CPUs; build with ./launch/build --cuda, or set it to cpu or "
        "auto");
  return std::nullopt;
}

std::string nccl_version() {
  return "";
}

std::unique_ptr<DeviceReduction> make_staged_reduction(Communicator&, Watchdog&) {
  throw Error("this build has no CUDA");
}

std::unique_ptr<DeviceReduction> make_nccl_reduction(Communicator&, Watchdog&) {
  throw Error("this build has no NCCL");
}

}  // namespace cellsweep::comm
