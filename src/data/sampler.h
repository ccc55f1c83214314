// Which sample comes when, and on which rank. Pure functions: every rank computes the same without messages.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cellsweep::data {

// A half-open range [begin, end).
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};

// The order of the samples in an epoch: a permutation of 0 … samples-1 (Fisher and Yates), a pure function of
// its arguments on every platform; the identity when `shuffle` is false. Epochs count from 0.
std::vector<std::int64_t> epoch_order(std::int64_t samples, bool shuffle, std::uint64_t seed,
                                      std::int64_t epoch);

// The positions within the epoch's order that batch `index` holds; the last batch is short if the size
// does not divide.
Range batch_range(std::int64_t samples, std::int64_t batch_size, std::int64_t index);
// How many batches an epoch has.
std::int64_t batch_count(std::int64_t samples, std::int64_t batch_size);

// The contiguous part of `whole` that rank `rank` of `size` works on. Parts differ by at most one; some are
// empty if there are fewer positions than ranks.
Range rank_slice(Range whole, std::int64_t rank, std::int64_t size);

// What rank `rank` of `size` works on if each has `shards` shards: shard i of all is rank_slice(whole, i,
// shards * size), and a rank has consecutive ones. Fills `ends` with where its shards end, from its first
// position on.
Range rank_slice_in_shards(Range whole, std::int64_t rank, std::int64_t size, std::span<std::int64_t> ends);

}  // namespace cellsweep::data
