#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "comm/communicator.h"
#include "data/dataset.h"
#include "metrics/metric_values.h"
#include "model/network.h"

namespace cellsweep::train {

// The metrics over some samples.
struct Evaluation {
  metrics::MetricValues metrics;  // without "val_", in the order of the table of metrics
  std::int64_t samples = 0;
};

// The metrics of these sums: none of no samples, and those alone whose sums are there.
metrics::MetricValues values_of(const model::MetricSet& metrics, const model::MetricSums& sums);

// Collective: the metrics of what all ranks have summed up, each over its shards; equal on all of them.
Evaluation reduce_metrics(const model::MetricSet& metrics, std::span<const model::MetricSums> mine,
                          comm::Communicator& group);

// Collective: the metrics over a whole data set, every sample counted once at any number of ranks. Each
// rank has `shards` shards, each with sums of its own. After each batch, if `may_continue` returns false, the
// rest is left out.
Evaluation evaluate(model::Network& network, const data::Dataset& dataset, std::int64_t batch_size,
                    std::int64_t shards, comm::Communicator& group,
                    const std::function<bool()>& may_continue);

}  // namespace cellsweep::train
