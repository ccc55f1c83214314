// In place of what needs CUDA, in builds without it.
#include "base/error.h"
#include "device/runtime.h"
#include "device/samples.h"

namespace cellsweep::device {
namespace {

[[noreturn]] void fail() {
  throw Error("this build has no CUDA");
}

}  // namespace

std::unique_ptr<Runtime> make_cuda_runtime(const CudaRuntimeOptions&, comm::Communicator&, comm::Watchdog&,
                                           comm::DeviceReduction&) {
  fail();
}

PinnedMemory pin(const void*, std::size_t) {
  fail();
}

std::size_t free_device_memory() {
  fail();
}

}  // namespace cellsweep::device
