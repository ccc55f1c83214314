#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/stopwatch.h"
#include "metrics/observer.h"
#include "metrics/prometheus/epoch_metrics.h"
#include "metrics/prometheus/families.h"
#include "metrics/prometheus/rank_metrics.h"

namespace cellsweep::metrics {

// The metrics of one run, as monitoring/README.md lists them. Updated on the training thread; the registry
// may be collected on others meanwhile.
class RunMetrics {
 public:
  explicit RunMetrics(const RunInfo& info);

  void update(const StepReport& report);
  void update(const EpochReport& report);
  void update(std::span<const RankReport> ranks) { ranks_.update(ranks); }
  void update(const CheckpointReport& report);
  void count_mismatch() { mismatches_.Increment(); }
  // Any state but planned.
  void set_state(RunState state);

  std::shared_ptr<prometheus::Registry> registry() const { return families_.registry(); }

 private:
  struct Splits {
    explicit Splits(prometheus::Family<prometheus::Gauge>& family)
        : train(family, {{"split", "train"}}), validation(family, {{"split", "validation"}}) {}
    LazyGauge train;
    LazyGauge validation;
  };
  struct Phases {
    explicit Phases(prometheus::Family<prometheus::Counter>& family);
    prometheus::Counter &data, &forward, &backward, &all_reduce, &update, &evaluation, &checkpoint;
  };
  void describe(const RunInfo& info);
  void set_metrics(const MetricValues& values);

  Families families_;
  prometheus::Family<prometheus::Gauge>& states_;
  LazyGauge epoch_, step_, samples_per_second_, learning_rate_, gradient_norm_;
  prometheus::Counter& steps_;
  prometheus::Counter& samples_;
  std::map<std::string, Splits, std::less<>> metrics_;  // by their names in training
  Phases phases_;
  prometheus::Histogram& step_seconds_;
  prometheus::Histogram& all_reduce_seconds_;
  prometheus::Counter& all_reduce_bytes_;
  prometheus::Counter& mismatches_;
  LazyGauge checkpoint_time_, checkpoint_size_;
  RankMetrics ranks_;
  EpochMetrics epochs_;
  Stopwatch clock_;  // since the run began
  double epoch_samples_ = 0;
  double epoch_seconds_ = 0;
};

}  // namespace cellsweep::metrics
