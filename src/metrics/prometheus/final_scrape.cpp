#include "metrics/prometheus/final_scrape.h"

namespace cellsweep::metrics {
namespace {

// The server is closed afterwards, and does not report when it has written an answer.
constexpr double seconds_to_answer = 0.1;

}  // namespace

bool FinalScrape::is_missing() {
  if (!since_collected_ && scrape_source_.done() > begun_before_) since_collected_.emplace();
  return !since_collected_ || since_collected_->seconds() < seconds_to_answer;
}

}  // namespace cellsweep::metrics
