// How a device is driven: what is run on it, when, and how it is waited for.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>

#include "comm/communicator.h"
#include "comm/device_reduction.h"
#include "comm/watchdog/watchdog.h"
#include "device/execution_target.h"

namespace cellsweep::device {

// Work of equal kind is the same sequence of operations on the same memory.
struct GraphKey {
  bool trains = false;       // else it evaluates
  bool updates = false;      // it ends with new weights
  std::int64_t samples = 0;  // of this rank
  std::int64_t global_samples = 0;
  auto operator<=>(const GraphKey&) const = default;
};

// Recorded work is repeated so often in one launch, if so many steps are wanted: that spreads the host's cost
// of a launch.
constexpr std::int64_t steps_per_launch = 8;

// Values that lie on a device, as they were a moment ago.
class AsyncSnapshot {
 public:
  virtual ~AsyncSnapshot() = default;
  // Does not wait; zeros until the first have arrived.
  virtual std::array<double, 3> look() = 0;
};

// Not thread-safe.
class Runtime {
 public:
  virtual ~Runtime() = default;

  const ExecutionTarget& target() const { return target_; }

  // Does `work` up to `wanted` times, and returns how often. `work` only enqueues: what it enqueues may be
  // recorded the second time, and replayed from then on. Collective, and the same on all ranks, if it
  // trains.
  virtual std::int64_t run(const GraphKey& kind, std::int64_t wanted, const std::function<void()>& work) = 0;
  // After each run() of `steps` steps of training: waits while too much work is enqueued, so that this
  // process does not run ahead. Returns the seconds a step takes, as far as that is known.
  virtual double pace(std::int64_t steps) = 0;
  // Waits until all work is done.
  virtual void wait() = 0;

  // A second stream, for what may run beside the first: fork() makes it begin after what is in the first one
  // now, join() makes the first one continue after what is in the second.
  virtual Stream side() = 0;
  virtual void fork() = 0;
  virtual void join() = 0;

  virtual std::unique_ptr<AsyncSnapshot> make_snapshot(const at::Tensor& source) = 0;

 protected:
  explicit Runtime(ExecutionTarget target) : target_(target) {}
  ExecutionTarget target_;
};

// All work is done at once, by this thread.
std::unique_ptr<Runtime> make_host_runtime();

struct CudaRuntimeOptions {
  bool record = true;  // into CUDA graphs
  int device = 0;      // CUDA's number of it, which is its current one
};
// On a stream of its own, which is LibTorch's current one while this lives. `group`, `watchdog` and
// `reduction` outlive it: ranks agree on whether recording works; waits have the watchdog's deadline, and end
// if the reduction knows of a rank that failed. Throws Error in builds without CUDA.
std::unique_ptr<Runtime> make_cuda_runtime(const CudaRuntimeOptions& options, comm::Communicator& group,
                                           comm::Watchdog& watchdog, comm::DeviceReduction& reduction);

}  // namespace cellsweep::device
