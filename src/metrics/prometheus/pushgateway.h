// Hands a run's metrics to a Pushgateway, if Prometheus cannot reach the run itself.
#pragma once

#include <prometheus/registry.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/stopwatch.h"
#include "metrics/metrics_options.h"
#include "metrics/prometheus/http_client.h"

namespace cellsweep::metrics {

// Pushes on a thread of its own, at the beginning and the end of a run and every 15 s, each run as a group of
// its own (job, sweep, run_id). A gateway that does not answer costs the training nothing, and the end of the
// process at most eight seconds. Thread-safe.
class Pushgateway {
 public:
  // `password`: of options.basic_auth. `keep_seconds`: how long a run's last values stay at the gateway, so
  // that Prometheus finds them there. Throws a UserError if there is no libcurl here.
  Pushgateway(const PushgatewayOptions& options, const std::string& password, double keep_seconds);
  // Deletes what it pushed.
  ~Pushgateway();
  Pushgateway(const Pushgateway&) = delete;
  Pushgateway& operator=(const Pushgateway&) = delete;

  void show_run(const std::string& sweep, const std::string& run_id,
                std::shared_ptr<prometheus::Registry> metrics);
  // The latest run has its final values.
  void end_run();
  // Whether last values are still on their way, or have not yet been there for `keep_seconds`.
  bool is_keeping() const;

 private:
  struct Group {
    std::string url;
    std::shared_ptr<prometheus::Registry> metrics;
    bool is_due = true;      // its values are to be pushed without delay
    bool is_ended = false;   // and are final
    bool is_pushed = false;  // the gateway has it
    Stopwatch since_pushed{};
    Stopwatch since_ended{};
  };
  void work();
  void push_all(std::unique_lock<std::mutex>& lock);
  void delete_old(std::unique_lock<std::mutex>& lock);
  // Without the lock meanwhile: the training does not wait. Warns of the first of several that fail.
  bool send(std::unique_lock<std::mutex>& lock, const char* method, const std::string& url,
            const std::string& body);
  // Once the process ends, no longer than it may take, and not after a request that failed.
  bool may_send() const;

  const std::string base_;
  const HttpClient http_;
  const double keep_seconds_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Group>> groups_;
  bool is_stopping_ = false;
  bool is_sending_ = false;
  bool is_reachable_ = true;  // as far as is known
  Stopwatch since_stopping_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace cellsweep::metrics
