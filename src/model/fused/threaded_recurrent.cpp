#include "model/fused/threaded_recurrent.h"

#include <algorithm>
#include <vector>

#include "base/workers.h"
#include "model/fused/fused_recurrent.h"

namespace cellsweep::model::fused {
namespace {

// A thread's slice of the batch.
struct ThreadSlice {
  std::vector<float> gradients;  // (shards, size), of this slice's samples alone
  std::unique_ptr<Recurrent> recurrent;
  std::vector<std::int64_t> shard_ends;
  Batch batch;
  std::int64_t first = 0;  // its first sample
};

class ThreadedRecurrent final : public Recurrent {
 public:
  ThreadedRecurrent(const NetworkOptions& options, const Layout& layout, std::span<float> parameters,
                    std::span<float> gradients)
      : width_(rnn_output_size(options.model)),
        row_(options.shape.time * options.shape.features),
        gradients_(gradients),
        workers_(options.threads),
        slices_(options.threads) {
    for (ThreadSlice& slice : slices_) {
      slice.gradients.resize(gradients.size());
      slice.recurrent = make_recurrent(options, layout, parameters, slice.gradients);
    }
  }

  std::span<const float> forward(const Batch& batch, std::int64_t step) override {
    return run(batch, [&](ThreadSlice& slice) { return slice.recurrent->forward(slice.batch, step); });
  }

  std::span<const float> infer(const Batch& batch) override {
    return run(batch, [&](ThreadSlice& slice) { return slice.recurrent->infer(slice.batch); });
  }

  void backward(std::span<float> gradient) override {
    workers_.run([&](int index) {
      ThreadSlice& slice = slices_[index];
      if (slice.batch.samples == 0) return;
      std::ranges::fill(slice.gradients, 0.0f);
      slice.recurrent->backward(gradient.subspan(slice.first * width_, slice.batch.samples * width_));
    });
    // Each thread sums a range of the values over all slices.
    workers_.run([&](int index) {
      const auto bound = [&](int i) {
        return gradients_.size() * i / static_cast<std::size_t>(workers_.count());
      };
      for (const ThreadSlice& slice : slices_)
        for (std::size_t i = bound(index); slice.batch.samples > 0 && i < bound(index + 1); ++i)
          gradients_[i] += slice.gradients[i];
    });
  }

 private:
  // A shard is assigned whole; a batch of one shard is cut anywhere.
  void cut(const Batch& batch) {
    const auto ends = shards_of(batch);
    const auto count = std::ssize(slices_);
    std::int64_t first = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      ThreadSlice& slice = slices_[i];
      std::int64_t end = batch.samples * (i + 1) / count;
      if (ends.size() > 1) {
        const auto shard = std::ssize(ends) * (i + 1) / count;
        end = shard == 0 ? 0 : ends[shard - 1];
      }
      slice.first = first;
      slice.batch = {.samples = end - first,
                     .inputs = of_samples(batch.inputs, first, end),
                     .labels = {},
                     .targets = {},
                     .bytes = of_samples(batch.bytes, first, end),
                     .byte_divisor = batch.byte_divisor,
                     .global_samples = batch.global_samples,
                     .first_sample = batch.first_sample + first};
      slice.shard_ends.clear();
      for (const std::int64_t shard_end : ends)
        slice.shard_ends.push_back(std::clamp(shard_end, first, end) - first);
      slice.batch.shard_ends = slice.shard_ends;
      first = end;
    }
  }

  template <class Value>
  std::span<const Value> of_samples(std::span<const Value> values, std::int64_t first,
                                    std::int64_t end) const {
    if (values.empty()) return {};
    return values.subspan(first * row_, (end - first) * row_);
  }

  template <class Compute>
  std::span<const float> run(const Batch& batch, const Compute& compute) {
    cut(batch);
    output_.resize(batch.samples * width_);
    workers_.run([&](int index) {
      ThreadSlice& slice = slices_[index];
      if (slice.batch.samples > 0)
        std::ranges::copy(compute(slice),
                          output_.begin() + static_cast<std::ptrdiff_t>(slice.first * width_));
    });
    return output_;
  }

  std::int64_t width_, row_;  // values of an output, of a sample
  std::span<float> gradients_;
  Workers workers_;
  std::vector<ThreadSlice> slices_;
  std::vector<float> output_;
};

}  // namespace

std::unique_ptr<Recurrent> make_threaded_recurrent(const NetworkOptions& options, const Layout& layout,
                                                   std::span<float> parameters, std::span<float> gradients) {
  return std::make_unique<ThreadedRecurrent>(options, layout, parameters, gradients);
}

}  // namespace cellsweep::model::fused
