#include "sweep/points.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

// Conditions may make one point of many combinations; so many are looked at.
constexpr std::size_t most_combinations = 1'000'000;
// So many draws in a row that come to known points are no accident.
constexpr std::size_t most_repeated_draws = 1'000;

using Axes = std::vector<std::pair<std::string, Values>>;

// Their number, or `most` if there are more.
std::size_t combinations(const Axes& axes, std::size_t most) {
  std::size_t count = 1;
  for (const auto& [key, values] : axes) {
    if (values.size() > most / count) return most;
    count *= values.size();
  }
  return count;
}

// Calls visit(point) for each point of the axes, conditions applied, each point once, until it answers false.
// False if more combinations would have to be looked at than most_combinations.
template <class Visit>
bool visit_points(const SweepOptions& options, const Axes& axes, Visit visit) {
  const std::size_t count = combinations(axes, most_combinations + 1);
  std::set<Point> known;
  for (std::size_t index = 0; index < count; ++index) {
    if (index == most_combinations) return false;
    Point point(axes.size());
    std::size_t rest = index;
    for (std::size_t k = axes.size(); k-- > 0; rest /= axes[k].second.size())
      point[k] = {axes[k].first, axes[k].second[rest % axes[k].second.size()]};
    if (!options.conditions.empty()) {
      point = with_conditions(options, point);
      if (!known.insert(point).second) continue;
    }
    if (!visit(std::move(point))) return true;
  }
  return true;
}

// The values of each parameter that draws may give; nothing if some cannot be listed.
std::optional<Axes> drawn_axes(const SweepOptions& options) {
  Axes axes;
  for (const auto& [key, parameter] : options.parameters) {
    auto values = drawn_values(parameter, most_runs);
    if (!values) return std::nullopt;
    axes.emplace_back(key, std::move(*values));
  }
  return axes;
}

// Fisher and Yates' shuffle.
void shuffle(std::vector<Point>& points, const RandomSequence& random) {
  for (std::size_t left = points.size(); left > 1; --left)
    std::swap(points[left - 1], points[random.below(left, left)]);
}

Axes grid_axes(const SweepOptions& options, bool is_cut) {
  Axes axes;
  for (const auto& [key, parameter] : options.parameters) {
    try {
      axes.emplace_back(key, all_values(parameter, most_runs, is_cut));
    } catch (const UserError& error) {
      throw UserError(fmt::format("sweep.parameters.{}: {}", key, error.what()));
    }
    if (axes.back().second.empty())
      throw UserError(fmt::format("sweep.parameters.{}: has no values; give one at least", key));
    if (!is_cut && options.conditions.empty() && combinations(axes, most_runs + 1) > most_runs)
      throw UserError(
          fmt::format("sweep.parameters: the grid has more than the {} runs that are permitted; give {} "
                      "fewer values, set sweep.run_cap, or split the sweep",
                      most_runs, key));
  }
  return axes;
}

}  // namespace

RandomSequence search_numbers(const SweepOptions& options, std::size_t point, std::size_t parameter) {
  // Streams have 32 bits; seeds of points lie far apart, so that no two share a sequence.
  const std::uint64_t seed = options.seed * 0x9E3779B97F4A7C15u + point;
  return {seed, RandomPurpose::sweep, static_cast<std::uint32_t>(parameter)};
}

Point draw_point(const SweepOptions& options, std::size_t index) {
  Point point;
  std::size_t number = 0;
  for (const auto& [key, parameter] : options.parameters)
    point.emplace_back(key, draw(parameter, search_numbers(options, index, number++)));
  return with_conditions(options, point);
}

Point with_conditions(const SweepOptions& options, const Point& point) {
  Point kept = point;
  const auto holds = [&](const auto& parameter) {
    const auto condition = options.conditions.find(parameter.first);
    if (condition == options.conditions.end()) return true;
    return std::ranges::all_of(condition->second, [&](const auto& wanted) {
      return std::ranges::any_of(kept, [&](const auto& given) {
        return given.first == wanted.first && wanted.second.contains(given.second);
      });
    });
  };
  // One that is left out may be what another's condition asks for.
  for (std::size_t before = 0; before != kept.size();) {
    before = kept.size();
    Point next;
    std::ranges::copy_if(kept, std::back_inserter(next), holds);
    kept = std::move(next);
  }
  return kept;
}

std::vector<Point> grid_points(const SweepOptions& options) {
  // A shuffle needs all points, of which the cap then takes the first.
  const bool is_cut = options.run_cap && !options.shuffle;
  const std::size_t cap = is_cut ? *options.run_cap : most_runs + 1;
  std::vector<Point> points;
  const bool is_whole = visit_points(options, grid_axes(options, is_cut), [&](Point point) {
    points.push_back(std::move(point));
    return points.size() < cap;
  });
  if (points.size() > most_runs)
    throw UserError(
        fmt::format("sweep.parameters: the grid has more than the {} runs that are permitted; give fewer "
                    "values, set sweep.run_cap, or split the sweep",
                    most_runs));
  if (!is_whole)
    throw UserError(
        fmt::format("sweep.parameters: the grid has more than {} combinations, of which "
                    "sweep.conditions make {} points; give fewer values, or split the sweep",
                    most_combinations, points.size()));
  if (options.shuffle) shuffle(points, RandomSequence(options.seed, RandomPurpose::sweep, 0));
  if (options.run_cap) points.resize(std::min(points.size(), static_cast<std::size_t>(*options.run_cap)));
  return points;
}

std::vector<Point> new_points(const SweepOptions& options, std::set<Point> planned, std::size_t first_draw,
                              std::size_t count) {
  std::vector<Point> points;
  std::size_t draw = first_draw;
  for (std::size_t repeated = 0; points.size() < count && repeated < most_repeated_draws; ++draw) {
    Point point = draw_point(options, draw);
    if (planned.insert(point).second)
      points.push_back(std::move(point)), repeated = 0;
    else
      ++repeated;
  }
  const auto axes = points.size() < count ? drawn_axes(options) : std::nullopt;
  if (!axes) return points;
  std::vector<Point> left;
  visit_points(options, *axes, [&](Point point) {
    if (!planned.contains(point)) left.push_back(std::move(point));
    return true;
  });
  shuffle(left, search_numbers(options, draw, options.parameters.size()));
  left.resize(std::min(left.size(), count - points.size()));
  points.insert(points.end(), left.begin(), left.end());
  return points;
}

std::size_t count_points(const SweepOptions& options, std::size_t most) {
  const auto axes = drawn_axes(options);
  if (!axes) return most;
  if (options.conditions.empty()) return combinations(*axes, most);
  std::size_t count = 0;
  const bool is_whole = visit_points(options, *axes, [&](const Point&) { return ++count < most; });
  return is_whole ? count : most;
}

}  // namespace cellsweep::sweep
