// The points that a sweep can try.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// The values of one point: dotted key, value. Equal points have equal texts.
using Point = std::vector<std::pair<std::string, std::string>>;

// A sweep has no more runs.
inline constexpr std::size_t most_runs = 100'000;

// The numbers of the draw of one parameter at one point.
RandomSequence search_numbers(const SweepOptions& options, std::size_t point, std::size_t parameter);

// The draw of that index, in which a search may come to a point again.
Point draw_point(const SweepOptions& options, std::size_t index);

// Without the parameters whose condition does not hold.
Point with_conditions(const SweepOptions& options, const Point& point);

// The first options.run_cap points of a grid, ordered as W&B does: keys alphabetically, the last varies
// fastest, each point once. Throws UserError if there would be more than most_runs points.
std::vector<Point> grid_points(const SweepOptions& options);

// The next `count` points of a random search that are none of `planned`, each once: the draws from
// `first_draw` on, without those that come to a point again. If draws find nothing new for long, what is
// left of a space whose points can be listed, in random order. Fewer if no further point is found: the
// space is exhausted.
std::vector<Point> new_points(const SweepOptions& options, std::set<Point> planned, std::size_t first_draw,
                              std::size_t count);

// How many different points a search that draws can come to, or `most` if these are more, or cannot be
// counted.
std::size_t count_points(const SweepOptions& options, std::size_t most);

}  // namespace cellsweep::sweep
