#include "train/batch_loader.h"

namespace cellsweep::train {

BatchLoader::BatchLoader(const data::Dataset& dataset, std::int64_t capacity)
    : dataset_(dataset),
      inputs_(static_cast<std::size_t>(capacity * dataset.time * dataset.features)),
      labels_(dataset.labels.empty() ? 0 : static_cast<std::size_t>(capacity)),
      targets_(dataset.targets.empty() ? 0 : static_cast<std::size_t>(capacity)) {}

model::Batch BatchLoader::load(std::span<const std::int64_t> order, data::Range whole, data::Range mine,
                               std::span<const std::int64_t> shard_ends) {
  const auto count = static_cast<std::size_t>(mine.size());
  const auto indices = order.subspan(static_cast<std::size_t>(mine.begin), count);
  const std::span inputs(inputs_.data(), count * static_cast<std::size_t>(dataset_.time * dataset_.features));
  const std::span labels(labels_.data(), labels_.empty() ? 0 : count);
  const std::span targets(targets_.data(), targets_.empty() ? 0 : count);
  dataset_.gather_inputs(indices, inputs);
  dataset_.gather_labels(indices, labels, targets);
  return {.samples = mine.size(),
          .inputs = inputs,
          .labels = labels,
          .targets = targets,
          .global_samples = whole.size(),
          .first_sample = mine.begin - whole.begin,
          .shard_ends = shard_ends};
}

}  // namespace cellsweep::train
