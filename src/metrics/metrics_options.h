#pragma once

#include <cstdint>
#include <string>

namespace cellsweep::metrics {

// Who may read or push metrics: whoever knows both, or anybody while `username` is empty.
struct BasicAuthOptions {
  std::string username;       // without a colon
  std::string password_file;  // its first line is the password
};

struct PrometheusOptions {
  bool enabled = true;
  std::string address = "127.0.0.1";
  std::int64_t port = 9464;          // of the first group, further ones take those after it; 0: any free one
  std::string discovery_directory;   // each group leaves a file_sd file there while it serves; empty: none
  double final_scrape_seconds = 15;  // longest wait at the end, if something scrapes; 0: none
  BasicAuthOptions basic_auth = {};
};

struct PushgatewayOptions {
  std::string address;  // host:port or a URL, without user and password; empty: nothing is pushed
  std::string job = "cellsweep";
  BasicAuthOptions basic_auth = {};
};

struct MetricsOptions {
  PrometheusOptions prometheus;
  bool open_metrics = true;  // each run leaves metrics.om in its folder
  PushgatewayOptions pushgateway;
};

}  // namespace cellsweep::metrics
