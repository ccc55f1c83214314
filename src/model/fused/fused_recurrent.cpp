#include "model/fused/fused_recurrent.h"

#include <algorithm>
#include <vector>

#include "model/dropout.h"
#include "model/fused/direction.h"

namespace cellsweep::model::fused {
namespace {

LayerWeights weights_of(const Layout& layout, std::span<float> buffer, const std::string& prefix) {
  const auto part = [&](const char* name) {
    const Weight& weight = *layout.find(prefix + name);
    return buffer.subspan(weight.offset, weight.size);
  };
  return {part(".kernel"), part(".recurrent_kernel"), part(".bias")};
}

// Where rows are copied to; values from the start of one row to that of the next.
struct Rows {
  float* values;
  std::int64_t stride;
};

void copy_rows(std::int64_t rows, std::int64_t columns, const float* from, std::int64_t from_stride,
               Rows to) {
  for (std::int64_t row = 0; row < rows; ++row)
    std::copy_n(from + row * from_stride, columns, to.values + row * to.stride);
}

class FusedRecurrent : public Recurrent {
 public:
  FusedRecurrent(const NetworkOptions& options, const Layout& layout, std::span<float> parameters,
                 std::span<float> gradients)
      : options_(options), directions_(options.model.bidirectional ? 2 : 1) {
    const ModelOptions& model = options.model;
    for (std::int64_t layer = 0; layer < model.layers; ++layer) {
      auto& directions = layers_.emplace_back();
      for (std::int64_t i = 0; i < directions_; ++i) {
        const std::string prefix = rnn_prefix(model, layer, i == 1);
        directions.emplace_back(LayerShape(model.cell, input_width(layer), model.hidden_size, layer > 0),
                                weights_of(layout, parameters, prefix), weights_of(layout, gradients, prefix),
                                layout.trainable_size, layer > 0);
      }
    }
    masks_.resize(layers_.size() * directions_);
  }

  std::span<const float> forward(const Batch& batch, std::int64_t step) override { return run(batch, &step); }

  std::span<const float> infer(const Batch& batch) override { return run(batch, nullptr); }

  void backward(std::span<float> gradient) override {
    const std::int64_t units = options_.model.hidden_size;
    for (std::int64_t i = 0; i < directions_; ++i) {
      Direction& direction = layers_.back()[i];
      copy_rows(samples_, units, gradient.data() + i * units, directions_ * units,
                {direction.output_gradient(false), direction.shape().padded_units});
      direction.backward(shard_ends_);
    }
    for (std::size_t layer = layers_.size() - 1; layer > 0; --layer) {
      collect_input_gradient(layer);
      for (std::int64_t i = 0; i < directions_; ++i) {
        Direction& below = layers_[layer - 1][i];
        float* out = below.output_gradient(true);
        for (std::int64_t t = 0; t < time(); ++t)
          copy_rows(
              samples_, units, flow_.data() + turned(t, i) * samples_ * directions_ * units + i * units,
              directions_ * units,
              {out + t * below.padded_samples() * below.shape().padded_units, below.shape().padded_units});
        below.backward(shard_ends_);
      }
    }
  }

 private:
  std::int64_t time() const { return options_.shape.time; }
  std::int64_t input_width(std::int64_t layer) const {
    return layer == 0 ? options_.shape.features : directions_ * options_.model.hidden_size;
  }
  // The time step that direction i processes as its t-th.
  std::int64_t turned(std::int64_t t, std::int64_t i) const { return i == 1 ? time() - 1 - t : t; }
  std::vector<float>& mask(std::size_t layer, std::int64_t i) {
    return masks_[layer * directions_ + static_cast<std::size_t>(i)];
  }

  // Without a `step`, there is no dropout and nothing is kept.
  std::span<const float> run(const Batch& batch, const std::int64_t* step) {
    samples_ = batch.samples;
    std::ranges::copy(shards_of(batch), std::back_inserter(shard_ends_ = {}));
    const std::int64_t units = options_.model.hidden_size;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer)
      for (std::int64_t i = 0; i < directions_; ++i) {
        Direction& direction = layers_[layer][i];
        direction.begin(time(), samples_, step != nullptr);
        fill_inputs(layer, i, batch);
        if (step != nullptr && options_.model.dropout > 0) drop_inputs(layer, i, batch.first_sample, *step);
        direction.forward();
      }
    output_.resize(samples_ * directions_ * units);
    for (std::int64_t i = 0; i < directions_; ++i) {
      Direction& direction = layers_.back()[i];
      const std::int64_t stride = direction.shape().padded_units;
      copy_rows(samples_, units, direction.states() + (time() - 1) * direction.padded_samples() * stride,
                stride, {output_.data() + i * units, directions_ * units});
    }
    return output_;
  }

  void fill_inputs(std::size_t layer, std::int64_t i, const Batch& batch) {
    Direction& direction = layers_[layer][i];
    const std::int64_t stride = direction.shape().padded_features;
    for (std::int64_t t = 0; t < time(); ++t) {
      float* to = direction.inputs() + t * direction.padded_samples() * stride;
      const std::int64_t from = turned(t, i);
      if (layer == 0) {
        const std::int64_t features = options_.shape.features;
        const std::int64_t sample = time() * features;
        if (batch.bytes.empty())
          copy_rows(samples_, features, batch.inputs.data() + from * features, sample, {to, stride});
        else
          scale_bytes(samples_, features, batch.bytes.data() + from * features, sample, to, stride,
                      batch.byte_divisor);
        continue;
      }
      for (std::int64_t below = 0; below < directions_; ++below) {
        Direction& source = layers_[layer - 1][below];
        const std::int64_t width = source.shape().padded_units;
        copy_rows(samples_, options_.model.hidden_size,
                  source.states() + turned(from, below) * source.padded_samples() * width, width,
                  {to + below * options_.model.hidden_size, stride});
      }
    }
  }

  void drop_inputs(std::size_t layer, std::int64_t i, std::int64_t first_sample, std::int64_t step) {
    Direction& direction = layers_[layer][i];
    const std::int64_t features = direction.shape().features;
    const std::int64_t stride = direction.shape().padded_features;
    std::vector<float>& kept = mask(layer, i);
    kept.resize(samples_ * features);
    fill_dropout_mask({options_.seed, step, static_cast<std::int64_t>(layer), i == 1}, options_.model.dropout,
                      first_sample, features, kept);
    for (std::int64_t t = 0; t < time(); ++t) {
      float* inputs = direction.inputs() + t * direction.padded_samples() * stride;
      for (std::int64_t sample = 0; sample < samples_; ++sample)
        for (std::int64_t feature = 0; feature < features; ++feature)
          inputs[sample * stride + feature] *= kept[sample * features + feature];
    }
  }

  // Sums in flow_ (time, samples, width) what the directions of `layer` hand down to the layer below.
  void collect_input_gradient(std::size_t layer) {
    const std::int64_t width = input_width(static_cast<std::int64_t>(layer));
    flow_.assign(time() * samples_ * width, 0.0f);
    for (std::int64_t i = 0; i < directions_; ++i) {
      Direction& direction = layers_[layer][i];
      const std::int64_t stride = direction.shape().padded_features;
      const std::vector<float>& kept = mask(layer, i);
      for (std::int64_t t = 0; t < time(); ++t)
        for (std::int64_t sample = 0; sample < samples_; ++sample) {
          const float* from = direction.input_gradient() + (t * direction.padded_samples() + sample) * stride;
          float* to = flow_.data() + (turned(t, i) * samples_ + sample) * width;
          for (std::int64_t k = 0; k < width; ++k)
            to[k] += kept.empty() ? from[k] : from[k] * kept[sample * width + k];
        }
    }
  }

  NetworkOptions options_;
  std::int64_t directions_;
  std::vector<std::vector<Direction>> layers_;
  std::vector<std::vector<float>> masks_;  // (samples, features) of each direction; empty without dropout
  std::vector<float> output_, flow_;
  std::int64_t samples_ = 0;
  std::vector<std::int64_t> shard_ends_;
};

}  // namespace

std::unique_ptr<Recurrent> make_recurrent(const NetworkOptions& options, const Layout& layout,
                                          std::span<float> parameters, std::span<float> gradients) {
  return std::make_unique<FusedRecurrent>(options, layout, parameters, gradients);
}

}  // namespace cellsweep::model::fused
