#include "device/gradient_sum.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "device/runtime.h"

namespace cellsweep::device {
namespace {

// Keeps what is asked of it.
class Recorder final : public Runtime, public comm::DeviceReduction {
 public:
  explicit Recorder(const float* gradients) : Runtime({}), gradients_(gradients) {}
  std::int64_t run(const GraphKey&, std::int64_t, const std::function<void()>&) override { return 0; }
  double pace(std::int64_t) override { return 0; }
  void wait() override {}
  Stream side() override { return {}; }
  void fork() override { log += "fork "; }
  void join() override { log += "join"; }
  std::unique_ptr<AsyncSnapshot> make_snapshot(const at::Tensor&) override { return nullptr; }
  void all_reduce(void* values, std::size_t count, comm::Scalar type, comm::Stream) override {
    log += type == comm::Scalar::float32
               ? std::to_string(static_cast<float*>(values) - gradients_) + "+" + std::to_string(count) + " "
               : "rounded+" + std::to_string(count) + " ";
  }
  bool is_recordable() const override { return true; }
  std::string log;

 private:
  const float* gradients_;
};

class GradientSums : public testing::Test {
 protected:
  // Makes two layers in both directions, with 4 MB and more of gradients.
  void make(std::int64_t hidden, int ranks, comm::GradientType type = comm::GradientType::float32) {
    const model::ModelOptions options{.hidden_size = hidden, .layers = 2, .bidirectional = true};
    layout_ = model::make_layout(options, {.time = 1, .features = 3, .outputs = 2});
    const at::Tensor gradients = ExecutionTarget{}.make_zeros({layout_.trainable_size});
    recorder_ = std::make_unique<Recorder>(gradients.const_data_ptr<float>());
    sum_ = std::make_unique<GradientSum>(options, layout_, gradients, type, ranks, *recorder_, *recorder_);
  }
  std::string bucket(const std::string& first, const std::string& next) const {
    const std::int64_t begin = layout_.find(first)->offset;
    const std::int64_t end = next.empty() ? layout_.trainable_size : layout_.find(next)->offset;
    return std::to_string(begin) + "+" + std::to_string(end - begin) + " ";
  }
  std::string head() const { return bucket("batch_norm.gamma", ""); }
  std::string last_backward() const { return bucket("rnn_1.backward.kernel", "batch_norm.gamma"); }
  std::string last_forward() const { return bucket("rnn_1.forward.kernel", "rnn_1.backward.kernel"); }
  std::string first_backward() const { return bucket("rnn.backward.kernel", "rnn_1.forward.kernel"); }
  std::string first_forward() const { return bucket("rnn.forward.kernel", "rnn.backward.kernel"); }

  model::Layout layout_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<GradientSum> sum_;
};

TEST_F(GradientSums, LargeOnesGoInBucketsInOneOrder) {
  make(256, 2);
  sum_->begin(true);
  sum_->head_ready();
  sum_->direction_ready(1, false);  // waits for its place in the order
  sum_->direction_ready(1, true);
  sum_->direction_ready(0, true);
  sum_->direction_ready(0, false);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "fork " + head() + "fork " + last_backward() + last_forward() + "fork " +
                                first_backward() + "fork " + first_forward() + "join");
}

TEST_F(GradientSums, ARankWithoutSamplesTakesPartInTheSameOrder) {
  make(256, 2);
  sum_->begin(true);
  sum_->head_ready();
  sum_->finish();
  EXPECT_EQ(recorder_->log, "fork " + head() + "fork " + last_backward() + "fork " + last_forward() +
                                "fork " + first_backward() + "fork " + first_forward() + "join");
}

TEST_F(GradientSums, SmallOnesGoAtOnceAndOnlyForAnUpdate) {
  make(16, 2);
  sum_->begin(false);
  sum_->head_ready();
  sum_->direction_ready(0, true);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "");
  sum_->begin(true);
  sum_->direction_ready(0, true);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "0+" + std::to_string(layout_.trainable_size) + " ");
}

TEST_F(GradientSums, RoundedIfAskedFor) {
  make(16, 2, comm::GradientType::bfloat16);
  sum_->begin(true);
  sum_->finish();
  EXPECT_EQ(recorder_->log, "rounded+" + std::to_string(layout_.trainable_size) + " ");
}

}  // namespace
}  // namespace cellsweep::device
