// Early termination as W&B's hyperband does it, but with verdicts that depend on the plan alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// A run is judged at each band (an epoch) against the runs that were planned before it: at the band, it must
// not be worse than the best 1 / eta of them and itself. W&B judges against whichever runs got there earlier,
// so there the verdict depends on how fast the machines are; here it waits until each run before has got to
// the band, or will never get there, while the run trains on. So verdicts are a function of the metrics
// alone, whatever the number of groups and however often the sweep was resumed. Not thread-safe.
class Hyperband {
 public:
  struct Verdict {
    std::size_t run;
    std::int64_t epoch;  // the band at which it was stopped: what it trained after that does not count
    double value, threshold;
  };

  // `runs`: how many are planned. `last_epoch`: bands beyond it do not exist.
  Hyperband(const EarlyTerminateOptions& options, Goal goal, std::size_t runs, std::int64_t last_epoch);

  // The metric of a run after an epoch; epochs come in order. A value that is not finite does not enter the
  // comparison.
  void report(std::size_t run, std::int64_t epoch, double value);
  // Nothing more will be reported of the run.
  void ended(std::size_t run);
  // The verdicts that can be given now and were not before. A run that is stopped has ended.
  std::vector<Verdict> decide();

 private:
  struct Run {
    std::int64_t epoch = 0;  // the last that was reported
    double best = 0;         // of the values so far, as a loss
    bool has_best = false;
    bool has_ended = false;
    std::vector<double> values;  // at the bands that it got to, as losses; NaN: not finite
  };
  std::vector<Verdict> decide_band(std::size_t band);

  const double sign_;  // turns the metric into a loss
  const double eta_;
  const bool strict_;
  std::vector<std::int64_t> bands_;
  std::vector<Run> runs_;
  std::vector<std::size_t> next_;             // by band: the first run that is not judged there
  std::vector<std::vector<double>> history_;  // by band: sorted values of the runs judged there
};

// The epochs at which runs are judged, in ascending order.
std::vector<std::int64_t> bands_of(const EarlyTerminateOptions& options, std::int64_t last_epoch);

}  // namespace cellsweep::sweep
