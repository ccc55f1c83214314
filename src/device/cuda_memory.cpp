#include <cuda_runtime.h>

#include <string>

#include "base/error.h"
#include "device/samples.h"

namespace cellsweep::device {
namespace {

void check(cudaError_t code, const char* call) {
  if (code != cudaSuccess) throw Error(std::string(call) + " failed: " + cudaGetErrorString(code));
}

}  // namespace

PinnedMemory pin(const void* memory, std::size_t bytes) {
  void* const address = const_cast<void*>(memory);  // which is only read
  check(cudaHostRegister(address, bytes, cudaHostRegisterMapped), "cudaHostRegister");
  std::shared_ptr<const void> pin(memory, [address](const void*) { cudaHostUnregister(address); });
  void* on_device = nullptr;
  check(cudaHostGetDevicePointer(&on_device, address, 0), "cudaHostGetDevicePointer");
  return {on_device, std::move(pin)};
}

std::size_t free_device_memory() {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return free;
}

}  // namespace cellsweep::device
