#include "train/evaluation.h"

#include <algorithm>
#include <vector>

#include "comm/pairwise.h"
#include "data/sampler.h"
#include "model/metric_set.h"
#include "train/batch_loader.h"
#include "train/stepper_state.h"

namespace cellsweep::train {

metrics::MetricValues values_of(const model::MetricSet& metrics, const model::MetricSums& sums) {
  metrics::MetricValues values;
  if (sums.samples == 0) return values;
  for (const model::Metric* metric : metrics.metrics())
    if (metric->needs == model::MoreSums::none || !sums.more.empty())
      values[metric->name] = metric->value(sums, metrics.layout());
  return values;
}

Evaluation reduce_metrics(const model::MetricSet& metrics, std::span<const model::MetricSums> mine,
                          comm::Communicator& group) {
  // Counts are exact in a double up to 2^53, so one reduction serves all.
  std::vector<double> sums;
  for (const model::MetricSums& shard : mine) append_numbers(shard, sums);
  comm::add_pairwise<double>(sums, mine.size());
  sums.resize(sums.size() / mine.size());
  group.all_reduce(std::span<double>(sums));
  const model::MetricSums all = sums_of(sums);
  return {values_of(metrics, all), all.samples};
}

Evaluation evaluate(model::Network& network, const data::Dataset& dataset, std::int64_t batch_size,
                    std::int64_t shards, comm::Communicator& group,
                    const std::function<bool()>& may_continue) {
  const auto order = data::epoch_order(dataset.samples, false, 0, 0);
  BatchLoader loader(dataset, std::min(batch_size, dataset.samples));
  bool continues = true;
  for (std::int64_t shard = 0; shard < shards && continues; ++shard) {
    const data::Range mine =
        data::rank_slice({0, dataset.samples}, group.rank() * shards + shard, group.size() * shards);
    for (std::int64_t batch = 0; batch < data::batch_count(mine.size(), batch_size) && continues; ++batch) {
      const data::Range part = data::batch_range(mine.size(), batch_size, batch);
      const data::Range whole{mine.begin + part.begin, mine.begin + part.end};
      network.evaluate(loader.load(order, whole, whole), shard);
      continues = may_continue();
    }
  }
  return reduce_metrics(network.metric_set(), network.take_metrics(), group);
}

}  // namespace cellsweep::train
