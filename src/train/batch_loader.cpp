#include "train/batch_loader.h"

namespace cellsweep::train {
namespace {

template <class Value>
bool holds(const data::Dataset& dataset) {
  return std::holds_alternative<data::Array<Value>>(dataset.inputs);
}

std::size_t size_of(const data::Dataset& dataset, std::int64_t samples) {
  return samples * dataset.time * dataset.features;
}

}  // namespace

BatchLoader::BatchLoader(const data::Dataset& dataset, std::int64_t capacity)
    : dataset_(dataset),
      inputs_(holds<float>(dataset) ? size_of(dataset, capacity) : 0),
      bytes_(holds<std::uint8_t>(dataset) ? size_of(dataset, capacity) : 0),
      labels_(dataset.labels.empty() ? 0 : capacity),
      targets_(dataset.targets.empty() ? 0 : capacity) {}

model::Batch BatchLoader::load(std::span<const std::int64_t> order, data::Range whole, data::Range mine,
                               std::span<const std::int64_t> shard_ends) {
  const std::size_t count = mine.size();
  const auto indices = order.subspan(mine.begin, count);
  const std::span inputs(inputs_.data(), inputs_.empty() ? 0 : size_of(dataset_, mine.size()));
  const std::span bytes(bytes_.data(), bytes_.empty() ? 0 : size_of(dataset_, mine.size()));
  const std::span labels(labels_.data(), labels_.empty() ? 0 : count);
  const std::span targets(targets_.data(), targets_.empty() ? 0 : count);
  if (bytes_.empty())
    dataset_.gather_inputs(indices, inputs);
  else
    dataset_.gather_inputs(indices, bytes);
  dataset_.gather_labels(indices, labels, targets);
  return {.samples = mine.size(),
          .inputs = inputs,
          .labels = labels,
          .targets = targets,
          .bytes = bytes,
          .byte_divisor = dataset_.byte_divisor,
          .global_samples = whole.size(),
          .first_sample = mine.begin - whole.begin,
          .shard_ends = shard_ends};
}

}  // namespace cellsweep::train
