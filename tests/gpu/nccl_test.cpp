#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "comm/cuda_check.h"
#include "comm/device.h"
#include "comm/nccl_communicator.h"
#include "parallel/world.h"

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

class Nccl : public testing::Test {
 protected:
  void SetUp() override {
    std::array<std::int64_t, 1> fewest = {visible_devices()};
    world().all_reduce(fewest, Reduction::min);
    if (fewest[0] == 0) GTEST_SKIP() << "NO GPU: NCCL WAS NOT TESTED";
    if (fewest[0] < world().size()) GTEST_SKIP() << "FEWER GPUS THAN RANKS: NCCL WAS NOT TESTED";
    choose_device(world());
  }
};

// Whole numbers, whose sum is exact in any order.
std::vector<float> whole_numbers(std::size_t count, int rank) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((i + 1) % 1009 * static_cast<unsigned>(rank + 1));
  return values;
}

void expect_sums_equal(NcclCommunicator& group) {
  for (const std::size_t count : {1, 1001, 1 << 20}) {
    std::vector<float> expected = whole_numbers(count, group.rank());
    DeviceBuffer buffer(expected);
    group.all_reduce(expected, Reduction::sum);
    group.all_reduce_device(buffer.data(), count, nullptr);
    EXPECT_EQ(buffer.read(), expected) << count;
  }
}

TEST_F(Nccl, SumOnDevicesEqualsSumOnHosts) {
  NcclCommunicator group(world(), watchdog());
  group.all_reduce_device(nullptr, 0, nullptr);
  expect_sums_equal(group);
}

TEST_F(Nccl, APartIsAnNcclGroupToo) {
  NcclCommunicator group(world(), watchdog());
  const auto part = group.split(world().rank(), 0);
  ASSERT_EQ(part->size(), 1);
  expect_sums_equal(dynamic_cast<NcclCommunicator&>(*part));
}

}  // namespace
}  // namespace cellsweep::comm
