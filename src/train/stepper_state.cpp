#include "train/stepper_state.h"

#include <algorithm>
#include <span>

#include "model/metric_set.h"

namespace cellsweep::train {
namespace {

template <class Value>
std::vector<Value> gather(const std::vector<Value>& mine, comm::Communicator& group) {
  std::vector<Value> all(mine.size() * group.size());
  group.all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
  return all;
}

// Sums of no samples, of as many metrics.
model::MetricSums none_like(const ShardSums& shards) {
  return {.more = std::vector<double>(shards.metrics.front().more.size())};
}

ShardSums sum_of(const ShardSums& all) {
  ShardSums sum{{none_like(all)}, std::vector<float>(all.gradients.size() / all.metrics.size())};
  for (const model::MetricSums& shard : all.metrics) model::add(shard, sum.metrics[0]);
  for (std::size_t i = 0; i < all.gradients.size(); ++i)
    sum.gradients[i % sum.gradients.size()] += all.gradients[i];
  return sum;
}

}  // namespace

void append_numbers(const model::MetricSums& sums, std::vector<double>& numbers) {
  numbers.insert(numbers.end(),
                 {sums.loss, static_cast<double>(sums.correct), static_cast<double>(sums.samples)});
  numbers.insert(numbers.end(), sums.more.begin(), sums.more.end());
}

model::MetricSums sums_of(std::span<const double> numbers) {
  return {.loss = numbers[0],
          .correct = static_cast<std::int64_t>(numbers[1]),
          .samples = static_cast<std::int64_t>(numbers[2]),
          .more = {numbers.begin() + 3, numbers.end()}};
}

ShardSums gather_shards(const ShardSums& mine, comm::Communicator& group) {
  std::vector<double> numbers;
  for (const model::MetricSums& shard : mine.metrics) append_numbers(shard, numbers);
  const std::size_t size = numbers.size() / mine.metrics.size();
  const std::vector<double> all = gather(numbers, group);
  ShardSums gathered{{}, gather(mine.gradients, group)};
  for (std::size_t at = 0; at < all.size(); at += size)
    gathered.metrics.push_back(sums_of(std::span(all).subspan(at, size)));
  return gathered;
}

ShardSums rank_slice_of_shards(const ShardSums& all, int rank, int ranks, std::int64_t shards) {
  const std::size_t count = shards;
  const auto total = count * ranks;
  const std::size_t size = all.gradients.size() / all.metrics.size();
  if (all.metrics.size() == total) {
    const auto first = static_cast<std::ptrdiff_t>(count) * rank;
    const auto metrics = all.metrics.begin() + first;
    const auto gradients = all.gradients.begin() + first * static_cast<std::ptrdiff_t>(size);
    return {{metrics, metrics + shards}, {gradients, gradients + static_cast<std::ptrdiff_t>(count * size)}};
  }
  ShardSums mine = rank == 0 ? sum_of(all) : ShardSums{{none_like(all)}, std::vector<float>(size)};
  mine.metrics.resize(count, none_like(all));
  mine.gradients.resize(count * size);
  return mine;
}

}  // namespace cellsweep::train
