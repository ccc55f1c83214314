#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "data/sampler.h"
#include "model/network.h"

namespace cellsweep::train {

// Gathers a rank's slice of a batch into buffers that are made once. `dataset` outlives it.
class BatchLoader {
 public:
  // `capacity`: the most samples of one slice.
  BatchLoader(const data::Dataset& dataset, std::int64_t capacity);

  // The samples at `mine`, positions in `order`, as a part of the batch at `whole`, with its `shard_ends`.
  // The spans are valid until the next call.
  model::Batch load(std::span<const std::int64_t> order, data::Range whole, data::Range mine,
                    std::span<const std::int64_t> shard_ends = {});

 private:
  const data::Dataset& dataset_;
  std::vector<float> inputs_;  // one of these two is empty, as the dataset has it
  std::vector<std::uint8_t> bytes_;
  std::vector<std::int32_t> labels_;
  std::vector<float> targets_;
};

}  // namespace cellsweep::train
