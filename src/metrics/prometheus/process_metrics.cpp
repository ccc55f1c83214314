#include "metrics/prometheus/process_metrics.h"

#include "base/process.h"

namespace cellsweep::metrics {
namespace {

prometheus::MetricFamily gauge(const char* name, const char* help, double value) {
  prometheus::MetricFamily family{name, help, prometheus::MetricType::Gauge, {{}}};
  family.metric[0].gauge.value = value;
  return family;
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  prometheus::MetricFamily cpu{"process_cpu_seconds_total",
                               "Seconds of processor time that were used.",
                               prometheus::MetricType::Counter,
                               {{}}};
  cpu.metric[0].counter.value = cpu_seconds();
  return {std::move(cpu),
          gauge("process_resident_memory_bytes", "Memory that the process has.",
                static_cast<double>(resident_memory_bytes())),
          gauge("process_start_time_seconds", "When the process was started, in seconds since 1970.",
                start_time_seconds())};
}

}  // namespace cellsweep::metrics
