#pragma once

#include <cstdint>
#include <string>

namespace cellsweep::metrics {

struct PrometheusOptions {
  bool enabled = true;
  std::string address = "127.0.0.1";
  std::int64_t port = 9464;  // 0: any free one
};

struct MetricsOptions {
  PrometheusOptions prometheus;
};

}  // namespace cellsweep::metrics
