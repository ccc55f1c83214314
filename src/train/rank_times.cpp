#include "train/rank_times.h"

#include <span>
#include <utility>

#include "base/process.h"

namespace cellsweep::train {
namespace {

constexpr double seconds_between_gatherings = 1;

}  // namespace

RankTimes::RankTimes(comm::Communicator& group, std::function<double()> statistics_seconds)
    : group_(group),
      statistics_seconds_(std::move(statistics_seconds)),
      statistics_before_(statistics_seconds_()) {}

void RankTimes::add(const metrics::StepReport& step) {
  mine_.data_seconds += step.gather_seconds;
  mine_.compute_seconds += step.forward_seconds + step.backward_seconds + step.update_seconds;
  mine_.all_reduce_seconds += step.all_reduce_seconds;
}

bool RankTimes::is_due() const {
  return since_gathered_.seconds() >= seconds_between_gatherings;
}

std::vector<metrics::RankReport> RankTimes::gather() {
  since_gathered_.restart();
  const double statistics = statistics_seconds_() - statistics_before_;
  metrics::RankReport mine = mine_;
  mine.compute_seconds -= statistics;
  mine.all_reduce_seconds += statistics;
  mine.resident_memory_bytes = static_cast<double>(resident_memory_bytes());
  std::vector<metrics::RankReport> all(static_cast<std::size_t>(group_.size()));
  group_.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
  return all;
}

}  // namespace cellsweep::train
