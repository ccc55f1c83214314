#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <type_traits>

#include "comm/agreement.h"
#include "comm/gpu/cuda_check.h"
#include "comm/gpu/gpu_reductions.h"

namespace cellsweep::comm {
namespace {

// NCCL may fail to notice that a peer ended, and aborting may itself hang: the watchdog also watches each
// wait here.
struct Abort {
  void operator()(ncclComm_t handle) const {
    const Watchdog::Guard guard(*watchdog, "ncclCommAbort");
    ncclCommAbort(handle);
  }
  Watchdog* watchdog;
};

struct NcclType {
  ncclDataType_t type;
  const char* name;
};

NcclType to_nccl(Scalar type) {
  switch (type) {
    case Scalar::float32:
      return {ncclFloat, "float32"};
    case Scalar::float64:
      return {ncclDouble, "float64"};
    case Scalar::bfloat16:
      return {ncclBfloat16, "bfloat16"};
  }
  return {ncclFloat, "float32"};
}

class NcclReduction final : public DeviceReduction {
 public:
  NcclReduction(Communicator& group, Watchdog& watchdog)
      : group_(group), watchdog_(watchdog), handle_(nullptr, Abort{&watchdog}) {
    const ncclUniqueId id = on_rank_0_for_all(group, [] {
      ncclUniqueId made = {};
      check_nccl(ncclGetUniqueId(&made), "ncclGetUniqueId");
      return made;
    });

    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    const Watchdog::Guard guard(watchdog_, "ncclCommInitRankConfig");
    ncclComm_t handle = nullptr;
    const ncclResult_t code = ncclCommInitRankConfig(&handle, group.size(), id, group.rank(), &config);
    handle_.reset(handle);
    check_nccl(code, "ncclCommInitRankConfig");
    wait_until_ready("ncclCommInitRankConfig");
  }

  ~NcclReduction() override {
    // If something failed, the communicator is aborted: nobody knows what the other ranks do.
    if (handle_ == nullptr || std::uncaught_exceptions() > 0) return;
    const Watchdog::Guard guard(watchdog_, "ncclCommFinalize");
    ncclResult_t state = ncclCommFinalize(handle_.get());
    while (state == ncclInProgress) {
      std::this_thread::yield();
      if (ncclCommGetAsyncError(handle_.get(), &state) != ncclSuccess) break;
    }
    if (state == ncclSuccess) ncclCommDestroy(handle_.release());
  }

  void all_reduce(void* values, std::size_t count, Scalar type, Stream stream) override {
    const NcclType nccl = to_nccl(type);
    group_.verify_collective("ncclAllReduce", count, nccl.name);
    if (count == 0) return;
    const Watchdog::Guard guard(watchdog_, "ncclAllReduce");
    check_nccl(ncclAllReduce(values, values, count, nccl.type, ncclSum, handle_.get(), stream),
               "ncclAllReduce");
    // A communicator that does not block may enqueue from a thread of its own: what follows on the stream
    // must come after.
    wait_until_ready("ncclAllReduce");
  }
  bool is_recordable() const override { return true; }

  void check() override {
    ncclResult_t state = ncclSuccess;
    check_nccl(ncclCommGetAsyncError(handle_.get(), &state), "ncclCommGetAsyncError");
    check_nccl(state, "NCCL between the ranks");
  }

 private:
  void wait_until_ready(const char* operation) {
    ncclResult_t state = ncclInProgress;
    while (true) {
      check_nccl(ncclCommGetAsyncError(handle_.get(), &state), "ncclCommGetAsyncError");
      check_nccl(state, operation);
      if (state == ncclSuccess) return;
      std::this_thread::yield();
    }
  }

  Communicator& group_;
  Watchdog& watchdog_;
  std::unique_ptr<std::remove_pointer_t<ncclComm_t>, Abort> handle_;
};

}  // namespace

std::unique_ptr<DeviceReduction> make_nccl_reduction(Communicator& group, Watchdog& watchdog) {
  return std::make_unique<NcclReduction>(group, watchdog);
}

}  // namespace cellsweep::comm
