#include "train/rank_times.h"

#include <span>

#include "base/process.h"

namespace cellsweep::train {
namespace {

constexpr double seconds_between_gatherings = 1;

}  // namespace

void RankTimes::add(const StepFacts& step) {
  mine_.data_seconds += step.gather;
  mine_.compute_seconds += step.forward + step.backward + step.update - step.statistics;
  mine_.all_reduce_seconds += step.all_reduce + step.statistics;
}

bool RankTimes::is_due() const {
  return since_gathered_.seconds() >= seconds_between_gatherings;
}

std::vector<metrics::RankReport> RankTimes::gather() {
  since_gathered_.restart();
  metrics::RankReport mine = mine_;
  mine.resident_memory_bytes = static_cast<double>(resident_memory_bytes());
  std::vector<metrics::RankReport> all(group_.size());
  group_.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
  return all;
}

}  // namespace cellsweep::train
