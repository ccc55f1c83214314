// From a sweep to the list of its runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sweep/points.h"
#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

struct PlannedRun {
  std::string run_id;  // as check_run_id() wants it, unique in the sweep: "001-lstm"
  std::vector<std::pair<std::string, std::string>> parameters;  // dotted key, value
  std::int64_t point = 0;  // runs that differ in their training seed only are repeats of one point
};

// How many runs the sweep will have, of which `planned` are: a bayes search plans the others while runs are
// trained, and has fewer if it runs out of points that cannot be counted before.
std::size_t total_runs(const SweepOptions& options, std::size_t planned);

// How many points bayes draws before it has a model.
std::size_t points_before_model(const SweepOptions& options);

// The runs of a point, one a repeat. `most` runs of the sweep decide how wide their numbers are.
std::vector<PlannedRun> runs_of_point(const SweepOptions& options, std::uint64_t training_seed,
                                      const Point& values, std::int64_t point, std::size_t most);

// All runs, in the order they begin. A grid is ordered as W&B does: keys alphabetically, the last varies
// fastest. Random draws depend on options.seed alone. No point is planned twice; repeats have several
// training seeds, of which `training_seed` is the first, and train.seed becomes a parameter. For a bayes
// search, the runs with which it begins. A sweep without parameters is one point with none. Throws UserError
// if there would be more than most_runs runs, or a random search has no run_cap.
std::vector<PlannedRun> plan_runs(const SweepOptions& options, std::uint64_t training_seed);

// "sweep.run_cap is 16, but …" if the space of a random or bayes search, of `total` runs in all, has fewer
// points than it may try; empty if it has enough.
std::string shortfall(const SweepOptions& options, std::size_t total);

}  // namespace cellsweep::sweep
