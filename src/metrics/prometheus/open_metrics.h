// A run's metrics over time as OpenMetrics text (https://openmetrics.io), for a server that did not scrape
// it.
#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/stopwatch.h"

namespace cellsweep::metrics {

// Keeps what the metrics were at up to 64 times: at first every second; whenever there are 64, every other
// one is removed, and they are kept half as often. One thread at a time.
class OpenMetrics {
 public:
  // `labels` are put on every series.
  explicit OpenMetrics(prometheus::ClientMetric prototype) : labels_(std::move(prototype.label)) {}

  // Whether it is time for another record().
  bool is_due() const { return times_.empty() || since_recorded_.seconds() >= interval_; }
  // `time`: on a clock that never goes back. One that is not later than the last by a millisecond, which is
  // what Prometheus distinguishes, is taken to be.
  void record(std::chrono::milliseconds time, const std::vector<prometheus::MetricFamily>& families);
  // All that was recorded. `zero`: when that clock was at 0, since 1970, by what is known now. So however the
  // host's clock was set meanwhile, samples are as far apart as they were taken.
  std::string text(std::chrono::milliseconds zero) const;

 private:
  struct Point {
    std::chrono::milliseconds time;
    std::vector<double> values;
  };
  // One set of labels, with the samples that it has at every time.
  struct Metric {
    std::vector<std::string> samples;
    std::vector<Point> points;
  };
  struct Family {
    std::string head;
    std::vector<Metric> metrics;
    std::map<std::string, std::size_t> places;  // labels → index in `metrics`
  };
  void record(std::chrono::milliseconds time, const prometheus::MetricFamily& from, Family& to);
  void thin_out();

  std::vector<prometheus::ClientMetric::Label> labels_;
  std::vector<Family> families_;
  std::map<std::string, std::size_t> places_;  // name → index in `families_`
  std::vector<std::chrono::milliseconds> times_;
  double interval_ = 1;
  Stopwatch since_recorded_;
};

}  // namespace cellsweep::metrics
