#include "sweep/plan.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

constexpr std::size_t most_runs = 100'000;
constexpr std::size_t longest_slug = 60;

std::vector<Point> grid(const SweepOptions& options) {
  std::vector<std::pair<std::string, Values>> axes;
  std::size_t count = 1;
  for (const auto& [key, parameter] : options.parameters) {
    try {
      axes.emplace_back(key, all_values(parameter, most_runs));
    } catch (const UserError& error) {
      throw UserError(fmt::format("sweep.parameters.{}: {}", key, error.what()));
    }
    const std::size_t values = axes.back().second.size();
    if (values == 0)
      throw UserError(fmt::format("sweep.parameters.{}: has no values; give one at least", key));
    if (values > most_runs / count)
      throw UserError(
          fmt::format("sweep.parameters: the grid has more than the {} runs that are permitted; give {} "
                      "fewer values, or split the sweep",
                      most_runs, key));
    count *= values;
  }
  std::vector<Point> points;
  std::set<Point> known;
  for (std::size_t index = 0; index < count; ++index) {
    Point point(axes.size());
    std::size_t rest = index;
    for (std::size_t k = axes.size(); k-- > 0; rest /= axes[k].second.size())
      point[k] = {axes[k].first, axes[k].second[rest % axes[k].second.size()]};
    if (!options.conditions.empty()) {
      point = with_conditions(options, point);
      if (!known.insert(point).second) continue;
    }
    points.push_back(std::move(point));
  }
  // Fisher and Yates' shuffle.
  const RandomSequence random(options.seed, RandomPurpose::sweep, 0);
  for (std::size_t left = points.size(); options.shuffle && left > 1; --left)
    std::swap(points[left - 1], points[random.below(left, left)]);
  return points;
}

std::vector<Point> random_points(const SweepOptions& options) {
  if (!options.run_cap)
    throw UserError("sweep.run_cap: is not set; a random search needs to know how many points to try");
  const auto all = static_cast<std::size_t>(*options.run_cap);
  std::vector<Point> points(options.method == Method::bayes ? std::min(all, points_before_model(options))
                                                            : all);
  for (std::size_t index = 0; index < points.size(); ++index) points[index] = draw_point(options, index);
  return points;
}

// Run ids become folder names and labels, where little is safe.
std::string slug(const Point& parameters) {
  std::string text;
  for (const auto& [key, value] : parameters) text += "-" + value;
  constexpr std::string_view safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::replace_if(
      text.begin(), text.end(), [&](char c) { return safe.find(c) == std::string_view::npos; }, '_');
  return text.substr(0, longest_slug + 1);
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
  const auto holds = [&](const std::string& key) {
    const auto condition = options.conditions.find(key);
    if (condition == options.conditions.end()) return true;
    return std::ranges::all_of(condition->second, [&](const auto& wanted) {
      return std::ranges::any_of(point, [&](const auto& given) {
        return given.first == wanted.first &&
               std::ranges::find(wanted.second, given.second) != wanted.second.end();
      });
    });
  };
  Point kept;
  for (const auto& given : point)
    if (holds(given.first)) kept.push_back(given);
  return kept;
}

std::size_t total_runs(const SweepOptions& options, std::size_t planned) {
  if (options.method != Method::bayes) return planned;
  return static_cast<std::size_t>(options.run_cap.value_or(0) * options.repeats);
}

std::size_t points_before_model(const SweepOptions& options) {
  return 3 + options.parameters.size();
}

std::vector<PlannedRun> runs_of_point(const SweepOptions& options, std::uint64_t training_seed,
                                      const Point& values, std::int64_t point, std::size_t total) {
  const std::size_t digits = std::max<std::size_t>(3, std::to_string(total).size());
  std::vector<PlannedRun> runs;
  for (std::int64_t repeat = 0; repeat < options.repeats; ++repeat) {
    PlannedRun run{.run_id = {}, .parameters = values, .point = point};
    if (options.repeats > 1)
      run.parameters.emplace_back("train.seed",
                                  std::to_string(training_seed + static_cast<std::uint64_t>(repeat)));
    run.run_id = fmt::format("{:0{}}", point * options.repeats + repeat + 1, digits) + slug(run.parameters);
    runs.push_back(std::move(run));
  }
  return runs;
}

std::vector<PlannedRun> plan_runs(const SweepOptions& options, std::uint64_t training_seed) {
  std::vector<Point> points = options.method == Method::grid ? grid(options) : random_points(options);
  if (options.run_cap) points.resize(std::min(points.size(), static_cast<std::size_t>(*options.run_cap)));
  const auto repeats = static_cast<std::size_t>(options.repeats);
  const std::size_t count = points.size() * repeats;
  if (count > most_runs)
    throw UserError(
        fmt::format("sweep: has {} points, each {} times, more than the {} runs that are permitted",
                    points.size(), repeats, most_runs));
  if (count == 1 && points[0].empty()) return {{"run", {}, 0}};
  const std::size_t total = total_runs(options, count);
  std::vector<PlannedRun> runs;
  for (std::size_t point = 0; point < points.size(); ++point)
    for (PlannedRun& run :
         runs_of_point(options, training_seed, points[point], static_cast<std::int64_t>(point), total))
      runs.push_back(std::move(run));
  return runs;
}

}  // namespace cellsweep::sweep
