#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "base/log.h"
#include "base/stopwatch.h"
#include "comm/agreement.h"
#include "device/runtime.h"

namespace cellsweep::device {
namespace {

// Launches that are enqueued before the host waits for the first of them. Two keep the device busy.
constexpr std::size_t launches_ahead = 2;
constexpr auto between_looks = std::chrono::microseconds(20);

using c10::cuda::CUDAEvent;
using Graph = at::cuda::CUDAGraph;

// LibTorch gives its pinned memory to nobody else while a copy to it is under way, so there is nothing to
// wait for at the end: the stream may be one that the end of another rank has stopped.
class CudaSnapshot final : public AsyncSnapshot {
 public:
  explicit CudaSnapshot(const at::Tensor& source)
      : source_(source), arrived_(at::zeros({3}, at::TensorOptions(at::kDouble).pinned_memory(true))) {}

  std::array<double, 3> look() override {
    if (copied_.query()) {
      const double* const values = arrived_.const_data_ptr<double>();
      last_ = {values[0], values[1], values[2]};
      arrived_.copy_(source_, true);
      copied_.record();
    }
    return last_;
  }

 private:
  at::Tensor source_, arrived_;
  CUDAEvent copied_;
  std::array<double, 3> last_{};
};

class CudaRuntime final : public Runtime {
 public:
  CudaRuntime(const CudaRuntimeOptions& options, c10::cuda::CUDAStream stream, comm::Communicator& group,
              comm::Watchdog& watchdog, comm::DeviceReduction& reduction)
      : Runtime({.device = at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(options.device)),
                 .stream = {.is_host = false, .stream = stream.stream()}}),
        guard_(stream),
        side_(c10::cuda::getStreamFromPool(true, stream.device_index())),
        group_(group),
        watchdog_(watchdog),
        reduction_(reduction),
        records_training_(options.record && reduction.is_recordable()),
        records_evaluation_(options.record) {
    if (options.record && !records_training_ && group.rank() == 0)
      log_info("no CUDA graphs: sums over ranks that go through the host cannot be recorded");
    for (CUDAEvent& event : launched_) event = CUDAEvent(cudaEventDefault);  // which measures time
  }

  std::int64_t run(const GraphKey& kind, std::int64_t wanted, const std::function<void()>& work) override {
    Recording& recording = recordings_[kind];
    bool& records = kind.trains ? records_training_ : records_evaluation_;
    // The first time, libraries find their algorithms and memory, and NCCL connects: none of it can be
    // recorded.
    if (!records || !recording.is_warm) {
      recording.is_warm = true;
      work();
      return 1;
    }
    const std::int64_t steps = wanted >= steps_per_launch ? steps_per_launch : 1;
    auto& graph = steps == 1 ? recording.one : recording.several;
    try {
      if (!graph && kind.trains) comm::run_collectively(group_, [&] { graph = record(steps, work); });
      if (!graph) graph = record(steps, work);
    } catch (const std::exception& error) {
      records = false;
      graph.reset();
      if (group_.rank() == 0)
        log_warning(std::string("no CUDA graphs, work is launched piece by piece: ") + error.what());
      work();
      return 1;
    }
    // What it holds was compared as it was recorded.
    if (kind.trains) group_.verify_collective("a CUDA graph", steps, "steps");
    graph->replay();
    return steps;
  }

  double pace(std::int64_t steps) override {
    const auto at = [&](std::size_t launch) { return launch % launched_.size(); };
    const double on_host = since_pace_.seconds() / static_cast<double>(steps);
    since_pace_.restart();
    launched_[at(launches_)].record();
    steps_[at(launches_)] = steps;
    ++launches_;
    if (launches_ <= launches_ahead) return on_host;
    const std::size_t done = launches_ - 1 - launches_ahead;
    wait_for(launched_[at(done)]);
    if (done == 0) return on_host;
    const double milliseconds = launched_[at(done - 1)].elapsed_time(launched_[at(done)]);
    return 1e-3 * milliseconds / static_cast<double>(steps_[at(done)]);
  }

  void wait() override {
    CUDAEvent now;
    now.record();
    wait_for(now);
    // Time that passes until the next launch is not a step's.
    launches_ = 0;
    since_pace_.restart();
  }

  Stream side() override { return {.is_host = false, .stream = side_.stream()}; }
  void fork() override {
    forked_.record();
    forked_.block(side_);
  }
  void join() override {
    joined_.record(side_);
    joined_.block(c10::cuda::getCurrentCUDAStream());
  }

  std::unique_ptr<AsyncSnapshot> make_snapshot(const at::Tensor& source) override {
    return std::make_unique<CudaSnapshot>(source);
  }

 private:
  struct Recording {
    bool is_warm = false;
    std::unique_ptr<Graph> one, several;
  };

  static std::unique_ptr<Graph> record(std::int64_t steps, const std::function<void()>& work) {
    auto graph = std::make_unique<Graph>();
    // Autograd and NCCL launch from threads of their own, which a stricter mode would not let do their work.
    graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      for (std::int64_t step = 0; step < steps; ++step) work();
    } catch (...) {
      try {
        graph->capture_end();
      } catch (const std::exception&) {
        // It only repeats that recording failed, of which the first error says why.
      }
      static_cast<void>(cudaGetLastError());
      throw;
    }
    graph->capture_end();
    return graph;
  }

  void wait_for(const CUDAEvent& event) {
    if (event.query()) return;
    const comm::Watchdog::Guard guard(watchdog_, "a step on the GPU");
    while (!event.query()) {
      reduction_.check();
      std::this_thread::sleep_for(between_looks);
    }
  }

  c10::cuda::CUDAStreamGuard guard_;
  c10::cuda::CUDAStream side_;
  comm::Communicator& group_;
  comm::Watchdog& watchdog_;
  comm::DeviceReduction& reduction_;
  // Ranks agree on the former: what one launches, the others do. Each evaluates batches of its own.
  bool records_training_, records_evaluation_;
  std::map<GraphKey, Recording> recordings_;
  std::array<CUDAEvent, launches_ahead + 2> launched_;  // so that the two that are compared are both there
  std::array<std::int64_t, launches_ahead + 2> steps_{};
  std::size_t launches_ = 0;  // since the last wait()
  Stopwatch since_pace_;
  CUDAEvent forked_, joined_;
};

}  // namespace

std::unique_ptr<Runtime> make_cuda_runtime(const CudaRuntimeOptions& options, comm::Communicator& group,
                                           comm::Watchdog& watchdog, comm::DeviceReduction& reduction) {
  return std::make_unique<CudaRuntime>(
      options, c10::cuda::getStreamFromPool(false, static_cast<c10::DeviceIndex>(options.device)), group,
      watchdog, reduction);
}

}  // namespace cellsweep::device
