#include "data/sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/random.h"

namespace cellsweep::data {

std::vector<std::int64_t> epoch_order(std::int64_t samples, bool shuffle, std::uint64_t seed,
                                      std::int64_t epoch) {
  std::vector<std::int64_t> order(samples);
  std::iota(order.begin(), order.end(), 0);
  if (!shuffle) return order;
  const RandomSequence random(seed, RandomPurpose::shuffle, static_cast<std::uint32_t>(epoch));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i, i)]);
  return order;
}

Range batch_range(std::int64_t samples, std::int64_t batch_size, std::int64_t index) {
  const std::int64_t begin = index * batch_size;
  return {begin, begin + std::min(batch_size, samples - begin)};
}

std::int64_t batch_count(std::int64_t samples, std::int64_t batch_size) {
  return samples / batch_size + (samples % batch_size != 0 ? 1 : 0);
}

Range rank_slice(Range whole, std::int64_t rank, std::int64_t size) {
  const std::int64_t part = whole.size() / size;
  const std::int64_t longer = whole.size() % size;  // so many parts, the first ones, have one more
  const std::int64_t begin = whole.begin + rank * part + std::min(rank, longer);
  return {begin, begin + part + (rank < longer ? 1 : 0)};
}

Range rank_slice_in_shards(Range whole, std::int64_t rank, std::int64_t size, std::span<std::int64_t> ends) {
  const auto shards = std::ssize(ends);
  const auto shard = [&](std::int64_t i) { return rank_slice(whole, rank * shards + i, size * shards); };
  const Range mine{shard(0).begin, shard(shards - 1).end};
  for (std::int64_t i = 0; i < shards; ++i) ends[i] = shard(i).end - mine.begin;
  return mine;
}

}  // namespace cellsweep::data
