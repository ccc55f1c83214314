#pragma once

#include <memory>
#include <string>

#include "metrics/prometheus/families.h"
#include "metrics/sweep_view.h"

namespace cellsweep::metrics {

// How far the sweep is. One thread at a time.
class SweepMetrics {
 public:
  explicit SweepMetrics(const std::string& sweep);

  void update(const SweepProgress& progress);
  std::shared_ptr<prometheus::Registry> registry() const { return families_.registry(); }

 private:
  Families families_;
  prometheus::Family<prometheus::Gauge>& runs_;
  prometheus::Family<prometheus::Gauge>& best_;
};

}  // namespace cellsweep::metrics
