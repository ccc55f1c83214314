#include <memory>

#include "comm/gpu/cuda_check.h"
#include "comm/gpu/gpu_reductions.h"

namespace cellsweep::comm {
namespace {

struct FreePinned {
  void operator()(void* memory) const { cudaFreeHost(memory); }
};

// Copies to pinned memory, lets the group add it up there, and copies back.
class StagedReduction final : public DeviceReduction {
 public:
  StagedReduction(Communicator& group, Watchdog& watchdog)
      : watchdog_(watchdog), direct_(make_direct_reduction(group)) {}

  void all_reduce(void* values, std::size_t count, Scalar type, Stream stream) override {
    const std::size_t bytes = count * (type == Scalar::float64 ? sizeof(double) : sizeof(float));
    if (bytes > room_) {
      void* memory = nullptr;
      check_cuda(cudaMallocHost(&memory, bytes), "cudaMallocHost");
      staging_.reset(memory);
      room_ = bytes;
    }
    check_cuda(cudaMemcpyAsync(staging_.get(), values, bytes, cudaMemcpyDeviceToHost, stream),
               "cudaMemcpyAsync");
    wait(stream);
    direct_->all_reduce(staging_.get(), count, type, nullptr);
    check_cuda(cudaMemcpyAsync(values, staging_.get(), bytes, cudaMemcpyHostToDevice, stream),
               "cudaMemcpyAsync");
    wait(stream);  // before the memory is used again
  }
  bool is_recordable() const override { return false; }

 private:
  void wait(Stream stream) {
    const Watchdog::Guard guard(watchdog_, "cudaStreamSynchronize");
    check_cuda(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }

  Watchdog& watchdog_;
  std::unique_ptr<DeviceReduction> direct_;
  std::unique_ptr<void, FreePinned> staging_;
  std::size_t room_ = 0;
};

}  // namespace

std::unique_ptr<DeviceReduction> make_staged_reduction(Communicator& group, Watchdog& watchdog) {
  return std::make_unique<StagedReduction>(group, watchdog);
}

}  // namespace cellsweep::comm
