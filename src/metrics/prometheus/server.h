#pragma once

#include <prometheus/exposer.h>

#include <memory>
#include <string>

#include "metrics/metrics_options.h"
#include "metrics/prometheus/page.h"

namespace cellsweep::metrics {

// Serves a page over HTTP at /metrics, on threads of its own. Clients that send nothing, or read slowly, are
// let go after two seconds, and take at most four threads, which do not compute meanwhile.
class Server {
 public:
  // `password`: of options.basic_auth. Throws Error where the address cannot be listened on.
  Server(const PrometheusOptions& options, const std::string& password, const std::shared_ptr<Page>& page);

  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it can be reached, such as 127.0.0.1:9464: of one that listens on all addresses, by this host's
  // name.
  const std::string& target() const { return target_; }

 private:
  std::string target_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

// The first line of options.password_file; empty where there is no username. Throws UserError.
std::string read_password(const BasicAuthOptions& options);

}  // namespace cellsweep::metrics
