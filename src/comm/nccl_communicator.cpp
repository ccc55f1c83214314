#include "comm/nccl_communicator.h"

#include <exception>
#include <thread>
#include <utility>

#include "comm/agreement.h"
#include "comm/cuda_check.h"

namespace cellsweep::comm {

// NCCL may fail to notice that a peer died, and aborting may itself hang: each wait here is also under the
// watchdog's eye.

void NcclCommunicator::Abort::operator()(ncclComm_t handle) const {
  const Watchdog::Guard guard(*watchdog, "ncclCommAbort");
  ncclCommAbort(handle);
}

NcclCommunicator::NcclCommunicator(Communicator& host, Watchdog& watchdog)
    : host_(host), watchdog_(watchdog), handle_(nullptr, Abort{&watchdog}) {
  connect();
}

NcclCommunicator::NcclCommunicator(std::unique_ptr<Communicator> host, Watchdog& watchdog)
    : owned_host_(std::move(host)),
      host_(*owned_host_),
      watchdog_(watchdog),
      handle_(nullptr, Abort{&watchdog}) {
  connect();
}

void NcclCommunicator::connect() {
  ncclUniqueId id = {};
  together(host_, [&] {
    if (host_.rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  });
  host_.broadcast(std::as_writable_bytes(std::span(id.internal)), 0);

  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  const Watchdog::Guard guard(watchdog_, "ncclCommInitRankConfig");
  ncclComm_t handle = nullptr;
  const ncclResult_t code = ncclCommInitRankConfig(&handle, host_.size(), id, host_.rank(), &config);
  handle_.reset(handle);
  check_nccl(code, "ncclCommInitRankConfig");
  wait_until_ready("ncclCommInitRankConfig");
}

NcclCommunicator::~NcclCommunicator() {
  if (handle_ == nullptr || std::uncaught_exceptions() > 0) return;
  const Watchdog::Guard guard(watchdog_, "ncclCommFinalize");
  ncclResult_t state = ncclCommFinalize(handle_.get());
  while (state == ncclInProgress) {
    std::this_thread::yield();
    if (ncclCommGetAsyncError(handle_.get(), &state) != ncclSuccess) break;
  }
  if (state == ncclSuccess) ncclCommDestroy(handle_.release());
}

void NcclCommunicator::wait_until_ready(const char* operation) {
  ncclResult_t state = ncclInProgress;
  while (true) {
    check_nccl(ncclCommGetAsyncError(handle_.get(), &state), "ncclCommGetAsyncError");
    check_nccl(state, operation);
    if (state == ncclSuccess) return;
    std::this_thread::yield();
  }
}

void NcclCommunicator::all_reduce_device(float* values, std::size_t count, cudaStream_t stream) {
  if (count == 0) return;
  const Watchdog::Guard guard(watchdog_, "ncclAllReduce");
  check_nccl(ncclAllReduce(values, values, count, ncclFloat, ncclSum, handle_.get(), stream),
             "ncclAllReduce");
  wait_until_ready("ncclAllReduce");
  while (true) {
    const cudaError_t done = cudaStreamQuery(stream);
    if (done == cudaSuccess) return;
    if (done != cudaErrorNotReady) check_cuda(done, "cudaStreamQuery");
    wait_until_ready("ncclAllReduce");
    std::this_thread::yield();
  }
}

std::unique_ptr<Communicator> NcclCommunicator::split(int color, int key) {
  return std::unique_ptr<Communicator>(new NcclCommunicator(host_.split(color, key), watchdog_));
}

}  // namespace cellsweep::comm
