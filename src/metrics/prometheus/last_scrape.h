#pragma once

#include <cstdint>
#include <optional>

#include "base/stopwatch.h"
#include "metrics/prometheus/page.h"

namespace cellsweep::metrics {

// Waits for somebody to fetch the final values: for a collection of the page that begins after this was made,
// as one that began before may have missed them. One thread at a time.
class LastScrape {
 public:
  // `page` outlives it.
  explicit LastScrape(const Page& page) : page_(page), begun_before_(page.begun()) {}

  // Whether there was none yet, or its answer may still be on its way.
  bool is_missing();

 private:
  const Page& page_;
  const std::uint64_t begun_before_;
  std::optional<Stopwatch> since_collected_;
};

}  // namespace cellsweep::metrics
