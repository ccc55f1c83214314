#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "comm/gpu/cuda_check.h"
#include "comm/gpu/gpu_reductions.h"
#include "gpu/gpu.h"

namespace cellsweep::comm {
namespace {

class DeviceBuffer {
 public:
  explicit DeviceBuffer(std::span<const float> values) : count_(values.size()) {
    check_cuda(cudaMalloc(&data_, values.size_bytes()), "cudaMalloc");
    check_cuda(cudaMemcpy(data_, values.data(), values.size_bytes(), cudaMemcpyHostToDevice), "cudaMemcpy");
  }
  ~DeviceBuffer() { cudaFree(data_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  float* data() { return static_cast<float*>(data_); }
  std::vector<float> read() const {
    std::vector<float> values(count_);
    check_cuda(cudaMemcpy(values.data(), data_, count_ * sizeof(float), cudaMemcpyDeviceToHost),
               "cudaMemcpy");
    return values;
  }

 private:
  void* data_ = nullptr;
  std::size_t count_;
};

// Whole numbers, whose sum is exact in any order.
std::vector<float> whole_numbers(std::size_t count, int rank) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((i + 1) % 1009 * static_cast<unsigned>(rank + 1));
  return values;
}

TEST(Nccl, SumOnDevicesEqualsSumOnHosts) {
  SKIP_WITHOUT_GPU();
  const auto reduction = make_nccl_reduction(world(), watchdog());
  reduction->all_reduce(nullptr, 0, Scalar::float32, nullptr);
  for (const std::size_t count : {1, 1001, 1 << 20}) {
    std::vector<float> expected = whole_numbers(count, world().rank());
    DeviceBuffer buffer(expected);
    world().all_reduce(expected, Reduction::sum);
    reduction->all_reduce(buffer.data(), count, Scalar::float32, nullptr);
    EXPECT_EQ(buffer.read(), expected) << count;
    reduction->check();
  }
}

TEST(Nccl, StagedSumsAreTheSame) {
  SKIP_WITHOUT_GPU();
  const auto reduction = make_staged_reduction(world(), watchdog());
  std::vector<float> expected = whole_numbers(1001, world().rank());
  DeviceBuffer buffer(expected);
  world().all_reduce(expected, Reduction::sum);
  reduction->all_reduce(buffer.data(), 1001, Scalar::float32, nullptr);
  EXPECT_EQ(buffer.read(), expected);
}

TEST(Nccl, APartOfTheRanksIsAGroupToo) {
  SKIP_WITHOUT_GPU();
  const auto part = world().split(world().rank() % 2, 0);
  const auto reduction = make_nccl_reduction(*part, watchdog());
  std::vector<float> expected = whole_numbers(100, world().rank());
  DeviceBuffer buffer(expected);
  part->all_reduce(expected, Reduction::sum);
  reduction->all_reduce(buffer.data(), 100, Scalar::float32, nullptr);
  EXPECT_EQ(buffer.read(), expected);
}

}  // namespace
}  // namespace cellsweep::comm
