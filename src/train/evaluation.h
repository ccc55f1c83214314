#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "comm/communicator.h"
#include "data/dataset.h"
#include "model/network.h"

namespace cellsweep::train {

// Means over samples.
struct Evaluation {
  double loss = 0;
  double accuracy = 0;
  std::int64_t samples = 0;
};

// Collective: the means of what the ranks have summed up, each over its shards; equal on all of them.
Evaluation reduce_metrics(std::span<const model::MetricSums> mine, comm::Communicator& group);

// Collective: loss and accuracy over a whole data set, every sample counted once at any number of ranks.
// `shards`: of each rank. Its sums are made shard by shard. `go_on` is asked after each batch, and the rest
// is passed over where it says no.
Evaluation evaluate(model::Network& network, const data::Dataset& dataset, std::int64_t batch_size,
                    std::int64_t shards, comm::Communicator& group, const std::function<bool()>& go_on);

}  // namespace cellsweep::train
