#include <span>

#include "base/error.h"
#include "comm/device_reduction.h"

namespace cellsweep::comm {
namespace {

class DirectReduction final : public DeviceReduction {
 public:
  explicit DirectReduction(Communicator& group) : group_(group) {}

  void all_reduce(void* values, std::size_t count, Scalar type, Stream) override {
    if (group_.size() == 1) return;
    if (type == Scalar::float32)
      group_.all_reduce(std::span(static_cast<float*>(values), count));
    else if (type == Scalar::float64)
      group_.all_reduce(std::span(static_cast<double*>(values), count));
    else
      throw Error("only NCCL sums bfloat16");
  }
  // A group of one has nothing to do; memory of the host is not recorded anyway.
  bool is_recordable() const override { return group_.size() == 1; }

 private:
  Communicator& group_;
};

}  // namespace

std::unique_ptr<DeviceReduction> make_direct_reduction(Communicator& group) {
  return std::make_unique<DirectReduction>(group);
}

}  // namespace cellsweep::comm
