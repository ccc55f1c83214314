// From a sweep to the list of its runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

struct PlannedRun {
  std::string run_id;  // [A-Za-z0-9._-], unique in the sweep: "001-lstm"
  std::vector<std::pair<std::string, std::string>> parameters;  // dotted key, value
  std::int64_t point = 0;  // runs that differ in their training seed only are repeats of one point
};

// The values of one point: dotted key, value.
using Point = std::vector<std::pair<std::string, std::string>>;

// The numbers of the draw of one parameter at one point.
RandomSequence search_numbers(const SweepOptions& options, std::size_t point, std::size_t parameter);

// The point of that index in a random search.
Point draw_point(const SweepOptions& options, std::size_t index);

// Without the parameters whose condition does not hold.
Point with_conditions(const SweepOptions& options, const Point& point);

// How many runs the sweep will have, of which `planned` are: a bayes search plans the others as it goes.
std::size_t total_runs(const SweepOptions& options, std::size_t planned);

// How many points bayes draws before it has a model.
std::size_t points_before_model(const SweepOptions& options);

// The runs of a point, one a repeat. `total` runs of the sweep decide how wide their numbers are.
std::vector<PlannedRun> runs_of_point(const SweepOptions& options, std::uint64_t training_seed,
                                      const Point& values, std::int64_t point, std::size_t total);

// All runs, in the order they begin. A grid is ordered as W&B does: keys alphabetically, the last varies
// fastest, duplicates removed. Random draws depend on options.seed alone. `training_seed` is that of the
// first repeat; with several, train.seed becomes a parameter. Of a bayes search, those it begins with. A
// sweep without parameters is one point with none. Throws UserError where there would be more than 100,000
// runs, or a random search has no run_cap.
std::vector<PlannedRun> plan_runs(const SweepOptions& options, std::uint64_t training_seed);

}  // namespace cellsweep::sweep
