// Bayesian optimisation: the next point is the one of which most improvement is expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sweep/plan.h"
#include "sweep/scheduler.h"

namespace cellsweep::sweep {

// A point that was tried.
struct Observation {
  Point point;
  std::optional<double>
      value;  // of the metric; unset while its runs are under way, and if none came to a result
  bool is_pending = false;
};

// The point to try after these: a pure function of the options, the observations and how many they are, and
// none of theirs; nothing if no further point is found. A Gaussian process models the metric; the point
// maximises the expected improvement (Jones, Schonlau and Welch, J. Global Optim. 13, 1998) over draws of the
// parameters and over neighbours of the best point. Pending points count with what the model of the others
// predicts (the kriging believer of Ginsbourger et al., 2010), points without a result with the worst.
// Without any value it is a draw.
std::optional<Point> propose(const SweepOptions& options, const std::vector<Observation>& observations);

// What a scheduler needs to plan one more point of a bayes search; empty for another method. A point's value
// is the mean over its repeats of each run's best one; of one that failed or diverged, what
// options.metric.impute says. `options` outlives it.
Scheduler::Propose make_bayes_search(const SweepOptions& options, std::uint64_t training_seed);

}  // namespace cellsweep::sweep
