// The text of metrics.om.
#include "metrics/prometheus/open_metrics.h"

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>

#include "metrics/prometheus/families.h"

namespace cellsweep::metrics {
namespace {

using std::chrono::milliseconds;

OpenMetrics labelled() {
  prometheus::ClientMetric metric;
  metric.label = {{"job", "cellsweep"}};
  return OpenMetrics(metric);
}

TEST(OpenMetrics, GroupsByFamilyMetricAndTime) {
  Families families(prometheus::Labels{{"run_id", "a\"b\\c"}});
  auto& counter = families.counter("n_total", "Counts\nthings.").Add({});
  auto& gauge = families.gauge("g", "Gauge.").Add({});
  auto& histogram = prometheus::BuildHistogram()
                        .Name("h")
                        .Help("Times.")
                        .Register(*families.registry())
                        .Add({}, prometheus::Histogram::BucketBoundaries{5e-5, 1});
  OpenMetrics metrics = labelled();
  gauge.Set(NAN);
  metrics.record(milliseconds(1000'500), families.registry()->Collect());
  counter.Increment(3);
  gauge.Set(0.1 + 0.2);
  histogram.Observe(0.5);
  metrics.record(milliseconds(1001'250), families.registry()->Collect());
  EXPECT_EQ(metrics.text(milliseconds(0)), R"(# TYPE n counter
# HELP n Counts\nthings.
n_total{job="cellsweep",run_id="a\"b\\c"} 0 1000.500
n_total{job="cellsweep",run_id="a\"b\\c"} 3 1001.250
# TYPE g gauge
# HELP g Gauge.
g{job="cellsweep",run_id="a\"b\\c"} NaN 1000.500
g{job="cellsweep",run_id="a\"b\\c"} 0.30000000000000004 1001.250
# TYPE h histogram
# HELP h Times.
h_bucket{job="cellsweep",le="5e-05"} 0 1000.500
h_bucket{job="cellsweep",le="1"} 0 1000.500
h_bucket{job="cellsweep",le="+Inf"} 0 1000.500
h_sum{job="cellsweep"} 0 1000.500
h_count{job="cellsweep"} 0 1000.500
h_bucket{job="cellsweep",le="5e-05"} 0 1001.250
h_bucket{job="cellsweep",le="1"} 1 1001.250
h_bucket{job="cellsweep",le="+Inf"} 1 1001.250
h_sum{job="cellsweep"} 0.5 1001.250
h_count{job="cellsweep"} 1 1001.250
# EOF
)");
}

TEST(OpenMetrics, ALongRunIsThinnedOutAndKeepsItsEnds) {
  Families families({});
  auto& gauge = families.gauge("g", "Gauge.").Add({});
  OpenMetrics metrics = labelled();
  for (int i = 0; i < 1000; ++i) {
    gauge.Set(i);
    metrics.record(milliseconds(1000 * i), families.registry()->Collect());
    EXPECT_TRUE(metrics.text(milliseconds(0))
                    .ends_with(fmt::format("g{{job=\"cellsweep\"}} {0} {0}.000\n# EOF\n", i)))
        << i;
  }
  const std::string text = metrics.text(milliseconds(0));
  const auto lines = std::count(text.begin(), text.end(), '\n') - 3;
  EXPECT_GE(lines, 32);
  EXPECT_LE(lines, 64);
  EXPECT_NE(text.find("} 0 0.000\n"), std::string::npos);
}

TEST(OpenMetrics, TimesOfAMillisecondDiffer) {
  Families families(prometheus::Labels{});
  auto& gauge = families.gauge("g", "Gauge.").Add({});
  OpenMetrics metrics = labelled();
  for (const int value : {1, 2, 3}) {
    gauge.Set(value);
    metrics.record(milliseconds(5), families.registry()->Collect());
  }
  EXPECT_TRUE(metrics.text(milliseconds(0))
                  .ends_with("} 1 0.005\ng{job=\"cellsweep\"} 2 0.006\n"
                             "g{job=\"cellsweep\"} 3 0.007\n# EOF\n"))
      << metrics.text(milliseconds(0));
}

// However far it is set, also to before 1970.
TEST(OpenMetrics, SamplesStayAsFarApartWhateverTheClockIsSetTo) {
  Families families(prometheus::Labels{});
  families.gauge("g", "Gauge.").Add({}).Set(1);
  OpenMetrics metrics = labelled();
  for (const int time : {0, 1000, 2500}) metrics.record(milliseconds(time), families.registry()->Collect());
  for (const auto& [zero, ending] :
       {std::pair(milliseconds(1'700'000'000'123), "1700000000.123 1700000001.123 1700000002.623 "),
        std::pair(milliseconds(-1500), "-1.500 -0.500 1.000 ")}) {
    std::istringstream lines(metrics.text(zero));
    std::string times;
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with('#')) times += line.substr(line.rfind(' ') + 1) + " ";
    EXPECT_EQ(times, ending);
  }
}

TEST(OpenMetrics, IsDueAtFirstAndNotAtOnceAgain) {
  OpenMetrics metrics = labelled();
  EXPECT_TRUE(metrics.is_due());
  metrics.record(milliseconds(1), {});
  EXPECT_FALSE(metrics.is_due());
}

}  // namespace
}  // namespace cellsweep::metrics
