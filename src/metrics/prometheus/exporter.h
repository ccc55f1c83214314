// Makes a run's metrics known: to Prometheus, to a Pushgateway, to a file.
#pragma once

#include <memory>
#include <string>

#include "metrics/metrics_options.h"
#include "metrics/observer.h"
#include "metrics/sweep_view.h"

namespace cellsweep::metrics {

// Observes one run after the other. A fault of those who read the metrics is a warning at most.
class Exporter : public Observer {
 public:
  // How far the sweep is; for rank 0's.
  virtual void on_progress(const SweepProgress& progress) = 0;
  // To be called repeatedly once all runs have ended, until it returns false: whether a scrape of the final
  // values is still expected. That is so if the metrics were scraped within the last
  // final_scrape_seconds, or a discovery file is there, or they were pushed, and for no longer than that
  // time.
  virtual bool awaits_final_scrape() = 0;
};

// `group`: whose runs these are; its number is added to the port. A port that is taken is warned about. Null
// if the options want nothing. Throws UserError if there is no password in the file that is named.
std::unique_ptr<Exporter> make_exporter(const MetricsOptions& options, const std::string& sweep, int group);

}  // namespace cellsweep::metrics
