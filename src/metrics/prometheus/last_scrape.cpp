#include "metrics/prometheus/last_scrape.h"

namespace cellsweep::metrics {
namespace {

// The server is closed afterwards, and tells nobody when it has written an answer.
constexpr double seconds_to_answer = 0.1;

}  // namespace

bool LastScrape::is_missing() {
  if (!since_collected_ && page_.done() > begun_before_) since_collected_.emplace();
  return !since_collected_ || since_collected_->seconds() < seconds_to_answer;
}

}  // namespace cellsweep::metrics
