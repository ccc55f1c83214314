#include "train/evaluation.h"

#include <algorithm>
#include <vector>

#include "comm/pairwise.h"
#include "data/sampler.h"
#include "train/batch_loader.h"

namespace cellsweep::train {

metrics::MetricValues values_of(Metrics metrics, const model::MetricSums& sums) {
  metrics::MetricValues values;
  if (sums.samples == 0) return values;
  for (const model::Metric* metric : metrics) values[metric->name] = metric->value(sums);
  return values;
}

Evaluation reduce_metrics(Metrics metrics, std::span<const model::MetricSums> mine,
                          comm::Communicator& group) {
  // Counts are exact in a double up to 2^53, so one reduction serves all three.
  std::vector<double> sums;
  for (const model::MetricSums& shard : mine)
    sums.insert(sums.end(),
                {shard.loss, static_cast<double>(shard.correct), static_cast<double>(shard.samples)});
  comm::add_pairwise<double>(sums, mine.size());
  sums.resize(3);
  group.all_reduce(std::span<double>(sums));
  const model::MetricSums all{.loss = sums[0],
                              .correct = static_cast<std::int64_t>(sums[1]),
                              .samples = static_cast<std::int64_t>(sums[2])};
  return {values_of(metrics, all), all.samples};
}

Evaluation evaluate(Metrics metrics, model::Network& network, const data::Dataset& dataset,
                    std::int64_t batch_size, std::int64_t shards, comm::Communicator& group,
                    const std::function<bool()>& go_on) {
  const auto order = data::epoch_order(dataset.samples, false, 0, 0);
  BatchLoader loader(dataset, std::min(batch_size, dataset.samples));
  bool resumes = true;
  for (std::int64_t shard = 0; shard < shards && resumes; ++shard) {
    const data::Range mine =
        data::rank_slice({0, dataset.samples}, group.rank() * shards + shard, group.size() * shards);
    for (std::int64_t batch = 0; batch < data::batch_count(mine.size(), batch_size) && resumes; ++batch) {
      const data::Range part = data::batch_range(mine.size(), batch_size, batch);
      const data::Range whole{mine.begin + part.begin, mine.begin + part.end};
      network.evaluate(loader.load(order, whole, whole), shard);
      resumes = go_on();
    }
  }
  return reduce_metrics(metrics, network.take_metrics(), group);
}

}  // namespace cellsweep::train
