#pragma once

#include <prometheus/exposer.h>

#include <memory>
#include <string>

#include "metrics/metrics_options.h"
#include "metrics/prometheus/listen_address.h"
#include "metrics/prometheus/scrape_source.h"

namespace cellsweep::metrics {

// Serves what a source has over HTTP at /metrics, on 32 threads of its own, which do not compute while they
// wait. Clients that do not send their whole request within a second, or read slowly, are disconnected. On a
// loopback address and without a password, requests for another host's name are refused.
class Server {
 public:
  // `password`: of options.basic_auth. Throws Error if the address cannot be listened on, and
  // says why.
  Server(const PrometheusOptions& options, const std::string& password,
         const std::shared_ptr<ScrapeSource>& source);

  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it can be reached, such as 127.0.0.1:9464: of one that listens on all addresses, by this host's
  // name.
  const std::string& target() const { return target_; }

  // Whether whoever reaches this host over a network may read the metrics.
  bool is_open_to_others() const { return is_open_to_others_; }

 private:
  const ListenAddress address_;
  int port_ = 0;
  std::string target_;
  bool is_open_to_others_ = false;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace cellsweep::metrics
