#include "train/stepper_state.h"

#include <algorithm>
#include <span>

namespace cellsweep::train {
namespace {

template <class Value>
std::vector<Value> gather(const std::vector<Value>& mine, comm::Communicator& group) {
  std::vector<Value> all(mine.size() * static_cast<std::size_t>(group.size()));
  group.all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
  return all;
}

ShardSums sum_of(const ShardSums& all) {
  ShardSums sum{{{}}, std::vector<float>(all.gradients.size() / all.metrics.size())};
  for (const model::MetricSums& shard : all.metrics) {
    sum.metrics[0].loss += shard.loss;
    sum.metrics[0].correct += shard.correct;
    sum.metrics[0].samples += shard.samples;
  }
  for (std::size_t i = 0; i < all.gradients.size(); ++i)
    sum.gradients[i % sum.gradients.size()] += all.gradients[i];
  return sum;
}

}  // namespace

ShardSums gather_shards(const ShardSums& mine, comm::Communicator& group) {
  return {gather(mine.metrics, group), gather(mine.gradients, group)};
}

ShardSums share_of_shards(const ShardSums& all, int rank, int ranks, std::int64_t shards) {
  const auto count = static_cast<std::size_t>(shards);
  const auto total = count * static_cast<std::size_t>(ranks);
  const std::size_t size = all.gradients.size() / all.metrics.size();
  if (all.metrics.size() == total) {
    const auto first = static_cast<std::ptrdiff_t>(count) * rank;
    const auto metrics = all.metrics.begin() + first;
    const auto gradients = all.gradients.begin() + first * static_cast<std::ptrdiff_t>(size);
    return {{metrics, metrics + shards}, {gradients, gradients + static_cast<std::ptrdiff_t>(count * size)}};
  }
  ShardSums mine = rank == 0 ? sum_of(all) : ShardSums{{{}}, std::vector<float>(size)};
  mine.metrics.resize(count);
  mine.gradients.resize(count * size);
  return mine;
}

}  // namespace cellsweep::train
