#include "device/gradient_sum.h"

#include <utility>

#include "device/kernels.h"

namespace cellsweep::device {
namespace {

// Below this size of all gradients, one sum is faster than several that run beside the backward pass.
constexpr std::int64_t least_overlapped_bytes = std::int64_t{4} << 20;

}  // namespace

GradientSum::GradientSum(const model::ModelOptions& options, const model::Layout& layout,
                         const at::Tensor& gradients, comm::GradientType type, int ranks, Runtime& runtime,
                         comm::DeviceReduction& reduction)
    : bidirectional_(options.bidirectional),
      gradients_(gradients),
      runtime_(runtime),
      reduction_(reduction),
      overlaps_(ranks > 1 && reduction.is_recordable() &&
                layout.trainable_size * static_cast<std::int64_t>(sizeof(float)) >= least_overlapped_bytes) {
  if (type == comm::GradientType::bfloat16)
    rounded_ = runtime.target().make({layout.trainable_size}, at::kBFloat16);
  if (!overlaps_) {
    buckets_ = {{0, layout.trainable_size}};
    return;
  }
  // A direction's weights lie next to each other, and the head's after those of all directions.
  const auto begin_of = [&](std::int64_t layer, bool backward) {
    return layout.find(model::rnn_prefix(options, layer, backward) + ".kernel")->offset;
  };
  std::int64_t end = layout.trainable_size;
  const auto add = [&](std::int64_t begin) {
    buckets_.push_back({begin, std::exchange(end, begin) - begin});
  };
  const std::int64_t last = options.layers - 1;
  const model::Weight& last_bias = *layout.find(model::rnn_prefix(options, last, bidirectional_) + ".bias");
  add(last_bias.offset + last_bias.size);
  for (std::int64_t layer = last; layer >= 0; --layer) {
    if (bidirectional_) add(begin_of(layer, true));
    add(begin_of(layer, false));
  }
}

void GradientSum::begin(bool reduce) {
  reduces_ = reduce;
  next_ = 0;
  for (Bucket& bucket : buckets_) bucket.is_ready = false;
}

void GradientSum::head_ready() {
  ready(0);
}

void GradientSum::direction_ready(std::int64_t layer, bool backward) {
  const std::int64_t directions = bidirectional_ ? 2 : 1;
  const std::int64_t layers = (std::ssize(buckets_) - 1) / directions;
  ready(1 + (layers - 1 - layer) * directions + (bidirectional_ && !backward ? 1 : 0));
}

void GradientSum::ready(std::size_t bucket) {
  if (!overlaps_ || !reduces_) return;
  buckets_[bucket].is_ready = true;
  if (next_ == buckets_.size() || !buckets_[next_].is_ready) return;
  runtime_.fork();
  for (; next_ < buckets_.size() && buckets_[next_].is_ready; ++next_)
    reduce(buckets_[next_], runtime_.side());
}

void GradientSum::finish() {
  if (!reduces_) return;
  if (!overlaps_) return reduce(buckets_.front(), runtime_.target().stream);
  for (std::size_t bucket = next_; bucket < buckets_.size(); ++bucket) ready(bucket);
  runtime_.join();
}

void GradientSum::reduce(const Bucket& bucket, const Stream& stream) {
  float* const values = gradients_.mutable_data_ptr<float>() + bucket.offset;
  const std::size_t count = bucket.size;
  if (!rounded_.defined()) return reduction_.all_reduce(values, count, comm::Scalar::float32, stream.stream);
  auto* const rounded = static_cast<std::uint16_t*>(rounded_.mutable_data_ptr()) + bucket.offset;
  round_to_bfloat16(stream, values, bucket.size, rounded);
  reduction_.all_reduce(rounded, count, comm::Scalar::bfloat16, stream.stream);
  widen_bfloat16(stream, rounded, bucket.size, values);
}

}  // namespace cellsweep::device
