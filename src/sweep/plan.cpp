#include "sweep/plan.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "sweep/run_folder.h"

namespace cellsweep::sweep {
namespace {

constexpr std::size_t longest_slug = 60;

std::vector<Point> random_points(const SweepOptions& options) {
  if (!options.run_cap)
    throw UserError("sweep.run_cap: is not set; a random search needs to know how many points to try");
  const std::size_t all = *options.run_cap;
  return new_points(options, {}, 0,
                    options.method == Method::bayes ? std::min(all, points_before_model(options)) : all);
}

// What a run id has after its number.
std::string slug(const Point& parameters) {
  std::string text;
  for (const auto& [key, value] : parameters) text += "-" + value;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return run_id_characters.find(c) == std::string_view::npos; },
      '_');
  return text.substr(0, longest_slug + 1);
}

}  // namespace

std::size_t total_runs(const SweepOptions& options, std::size_t planned) {
  if (options.method != Method::bayes) return planned;
  const std::size_t cap = options.run_cap.value_or(0);
  return count_points(options, cap) * options.repeats;
}

std::size_t points_before_model(const SweepOptions& options) {
  return 3 + options.parameters.size();
}

std::vector<PlannedRun> runs_of_point(const SweepOptions& options, std::uint64_t training_seed,
                                      const Point& values, std::int64_t point, std::size_t most) {
  const std::size_t digits = std::max<std::size_t>(3, std::to_string(most).size());
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
  const std::vector<Point> points =
      options.method == Method::grid ? grid_points(options) : random_points(options);
  const std::size_t repeats = options.repeats;
  const std::size_t count = points.size() * repeats;
  if (count > most_runs)
    throw UserError(
        fmt::format("sweep: has {} points, each {} times, more than the {} runs that are permitted",
                    points.size(), repeats, most_runs));
  if (count == 1 && points[0].empty()) return {{"run", {}, 0}};
  // The numbers of a bayes search are as wide as its cap: how many runs follow is not always known.
  const std::size_t most = options.method == Method::bayes ? *options.run_cap * repeats : count;
  std::vector<PlannedRun> runs;
  for (std::size_t point = 0; point < points.size(); ++point)
    for (PlannedRun& run :
         runs_of_point(options, training_seed, points[point], static_cast<std::int64_t>(point), most))
      runs.push_back(std::move(run));
  return runs;
}

std::string shortfall(const SweepOptions& options, std::size_t total) {
  const std::size_t points = total / options.repeats;
  if (options.method == Method::grid || points >= static_cast<std::size_t>(options.run_cap.value_or(0)))
    return "";
  return fmt::format(
      "sweep.run_cap is {}, but sweep.parameters have only {} different {}, and none is tried "
      "twice; sweep.repeats trains each with several seeds",
      *options.run_cap, points, points == 1 ? "point" : "points");
}

}  // namespace cellsweep::sweep
