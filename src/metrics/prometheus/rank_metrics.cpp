#include "metrics/prometheus/rank_metrics.h"

#include <string>

namespace cellsweep::metrics {

RankMetrics::RankMetrics(Families& families, int ranks) {
  auto& compute = families.counter("cellsweep_rank_compute_seconds_total",
                                   "Seconds of forward, backward and update, without waits for other ranks.");
  auto& all_reduce = families.counter(
      "cellsweep_rank_all_reduce_seconds_total",
      "Seconds in reductions of gradients and batch statistics, with waits for other ranks.");
  auto& data = families.counter("cellsweep_rank_data_seconds_total", "Seconds of gathering samples.");
  auto& memory = families.gauge("cellsweep_rank_resident_memory_bytes", "Memory that the process has.");
  for (int rank = 0; rank < ranks; ++rank) {
    const prometheus::Labels labels{{"rank", std::to_string(rank)}};
    ranks_.push_back({compute.Add(labels), all_reduce.Add(labels), data.Add(labels), {memory, labels}});
  }
}

void RankMetrics::update(std::span<const RankReport> ranks) {
  for (std::size_t rank = 0; rank < ranks.size() && rank < ranks_.size(); ++rank) {
    advance_to(ranks_[rank].compute, ranks[rank].compute_seconds);
    advance_to(ranks_[rank].all_reduce, ranks[rank].all_reduce_seconds);
    advance_to(ranks_[rank].data, ranks[rank].data_seconds);
    if (ranks[rank].resident_memory_bytes > 0) ranks_[rank].memory.set(ranks[rank].resident_memory_bytes);
  }
}

}  // namespace cellsweep::metrics
