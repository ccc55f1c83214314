#pragma once

#include <cstdint>
#include <optional>

#include "base/stopwatch.h"
#include "metrics/prometheus/scrape_source.h"

namespace cellsweep::metrics {

// Waits for a scrape of the final values: for a collection of the source that begins after this was made, as
// one that began before may have missed them. One thread at a time.
class FinalScrape {
 public:
  // `source` outlives it.
  explicit FinalScrape(const ScrapeSource& source) : scrape_source_(source), begun_before_(source.begun()) {}

  // Whether there was none yet, or its answer may still be on its way.
  bool is_missing();

 private:
  const ScrapeSource& scrape_source_;
  const std::uint64_t begun_before_;
  std::optional<Stopwatch> since_collected_;
};

}  // namespace cellsweep::metrics
