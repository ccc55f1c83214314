// What a scrape gets.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/stopwatch.h"

namespace cellsweep::metrics {

// The run under way, runs that ended since the last collection, and whatever else is added. Whoever collects
// is slowed down to one collection every 50 ms, so that no number of scrapers takes the time of training.
// Thread-safe.
class ScrapeSource final : public prometheus::Collectable {
 public:
  using Source = std::shared_ptr<prometheus::Collectable>;

  // Shown from now on.
  void add(Source source);
  // A run that begins. The one before is shown until it was collected once more.
  void show_run(Source run);
  // The latest run has its final values.
  void end_run();

  // One family for each name, also if several sources have it.
  std::vector<prometheus::MetricFamily> Collect() const override;

  // Collections that began, and how many of the first ones are complete.
  std::uint64_t begun() const;
  std::uint64_t done() const;
  // Seconds since something was last collected; infinite if nothing was.
  double seconds_since_collection() const;

 private:
  struct Run {
    Source source;
    bool is_ended = false;
    bool is_collected = false;  // since it ended
  };
  void drop_collected() const;
  std::vector<Source> begin_collection() const;

  mutable std::mutex one_at_a_time_;
  mutable Stopwatch since_collection_;
  mutable std::mutex mutex_;  // of all below
  std::vector<Source> sources_;
  mutable std::deque<Run> runs_;
  mutable std::uint64_t begun_ = 0;
  mutable std::uint64_t done_ = 0;
  mutable Stopwatch since_begun_;
};

}  // namespace cellsweep::metrics
