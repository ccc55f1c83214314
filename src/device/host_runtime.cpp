#include <ATen/core/Tensor.h>

#include "base/stopwatch.h"
#include "device/runtime.h"

namespace cellsweep::device {
namespace {

class HostSnapshot final : public AsyncSnapshot {
 public:
  explicit HostSnapshot(const at::Tensor& source) : source_(source) {}
  std::array<double, 3> look() override {
    const double* const values = source_.const_data_ptr<double>();
    return {values[0], values[1], values[2]};
  }

 private:
  at::Tensor source_;
};

class HostRuntime final : public Runtime {
 public:
  HostRuntime() : Runtime({}) {}
  std::int64_t run(const GraphKey&, std::int64_t wanted, const std::function<void()>& work) override {
    clock_.restart();
    const std::int64_t steps = wanted >= steps_per_launch ? steps_per_launch : 1;
    for (std::int64_t step = 0; step < steps; ++step) work();
    return steps;
  }
  double pace(std::int64_t steps) override { return clock_.seconds() / static_cast<double>(steps); }
  void wait() override {}
  Stream side() override { return {}; }
  void fork() override {}
  void join() override {}
  std::unique_ptr<AsyncSnapshot> make_snapshot(const at::Tensor& source) override {
    return std::make_unique<HostSnapshot>(source);
  }

 private:
  Stopwatch clock_;
};

}  // namespace

std::unique_ptr<Runtime> make_host_runtime() {
  return std::make_unique<HostRuntime>();
}

}  // namespace cellsweep::device
