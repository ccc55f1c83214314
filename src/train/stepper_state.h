// What a stepper needs to continue another one's training exactly.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "model/network.h"

namespace cellsweep::train {

// What the shards of a batch sum, one shard after the other.
struct ShardSums {
  std::vector<model::MetricSums> metrics;  // over the samples of the epoch so far
  std::vector<float> gradients;  // since the last update, (shards, size); empty if nothing is accumulated
};

struct StepperState {
  std::int64_t steps = 0;    // batches done in this run
  std::int64_t updates = 0;  // that the optimizer has made
  double learning_rate = 0;  // of the last one
  std::vector<float> parameters{}, moving_statistics{};
  std::vector<float> first{}, second{};  // train::Optimizer's moments; empty if it has none
  ShardSums shards{};                    // of all ranks, in their order
};

// The sums as numbers, after those that are there, and back.
void append_numbers(const model::MetricSums& sums, std::vector<double>& numbers);
model::MetricSums sums_of(std::span<const double> numbers);

// Collective: the sums of all ranks, in their order. Every rank gives as many.
ShardSums gather_shards(const ShardSums& mine, comm::Communicator& group);

// The part of `all` that belongs to `rank` of `ranks`, each of which has `shards` shards. Where `all` comes
// from another number of shards, the first one of rank 0 gets the whole sum: the same but for rounding.
ShardSums rank_slice_of_shards(const ShardSums& all, int rank, int ranks, std::int64_t shards);

}  // namespace cellsweep::train
