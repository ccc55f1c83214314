// A group of ranks with a GPU each, which reduce GPU memory over NCCL.
#pragma once

#include <cuda_runtime.h>
#include <nccl.h>

#include <memory>
#include <type_traits>

#include "comm/communicator.h"
#include "comm/watchdog.h"

namespace cellsweep::comm {

// Operations on host memory go to the communicator that it is made on; device memory goes over NCCL.
class NcclCommunicator final : public Communicator {
 public:
  // Collective over `host`. Each rank has its own GPU as CUDA's current device (choose_device). `host` and
  // `watchdog` outlive this.
  NcclCommunicator(Communicator& host, Watchdog& watchdog);
  ~NcclCommunicator() override;
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;

  // Collective. Replaces the `count` floats of device memory at `values` by their element-wise sum over the
  // group, after the work that is already on `stream`. Returns when the sum is there. Bitwise equal on all
  // ranks.
  void all_reduce_device(float* values, std::size_t count, cudaStream_t stream);

  int rank() const override { return host_.rank(); }
  int size() const override { return host_.size(); }
  void all_reduce(std::span<float> values, Reduction reduction) override {
    host_.all_reduce(values, reduction);
  }
  void all_reduce(std::span<double> values, Reduction reduction) override {
    host_.all_reduce(values, reduction);
  }
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override {
    host_.all_reduce(values, reduction);
  }
  void broadcast(std::span<std::byte> bytes, int root) override { host_.broadcast(bytes, root); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    host_.all_gather(mine, all);
  }
  void barrier() override { host_.barrier(); }
  // Gives an NcclCommunicator.
  std::unique_ptr<Communicator> split(int color, int key) override;

 private:
  NcclCommunicator(std::unique_ptr<Communicator> host, Watchdog& watchdog);
  void connect();
  void wait_until_ready(const char* operation);

  struct Abort {
    void operator()(ncclComm_t handle) const;
    Watchdog* watchdog;
  };

  std::unique_ptr<Communicator> owned_host_;  // of a part made by split()
  Communicator& host_;
  Watchdog& watchdog_;
  std::unique_ptr<std::remove_pointer_t<ncclComm_t>, Abort> handle_;
};

}  // namespace cellsweep::comm
