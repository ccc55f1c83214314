#include "sweep/plan.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

constexpr std::size_t kMostRuns = 100'000;
constexpr std::size_t kLongestSlug = 60;

using Axis = std::pair<std::string, Values>;

Values without_duplicates(const Values& values) {
  Values unique;
  for (const auto& value : values)
    if (std::find(unique.begin(), unique.end(), value) == unique.end()) unique.push_back(value);
  return unique;
}

std::vector<Axis> axes(const SweepOptions& options) {
  std::vector<Axis> result;
  for (const auto& [key, values] : options.parameters) {
    if (values.empty())
      throw UserError(fmt::format("sweep.parameters.{}: has no values; give one at least", key));
    result.emplace_back(key, without_duplicates(values));
  }
  return result;
}

std::size_t count_runs(const std::vector<Axis>& axes) {
  std::size_t count = 1;
  for (const auto& [key, values] : axes) {
    if (values.size() > kMostRuns / count)
      throw UserError(
          fmt::format("sweep.parameters: the grid has more than the {} runs that are permitted; give {} "
                      "fewer values, or split the sweep",
                      kMostRuns, key));
    count *= values.size();
  }
  return count;
}

// Run ids become folder names and labels, where little is safe.
std::string slug(const PlannedRun& run) {
  std::string text;
  for (const auto& [key, value] : run.parameters) text += "-" + value;
  constexpr std::string_view kSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::replace_if(
      text.begin(), text.end(), [&](char c) { return kSafe.find(c) == std::string_view::npos; }, '_');
  return text.substr(0, kLongestSlug + 1);
}

}  // namespace

std::vector<PlannedRun> plan_runs(const SweepOptions& options) {
  const auto keys = axes(options);
  if (keys.empty()) return {{"run", {}, 0}};
  const std::size_t count = count_runs(keys);
  const std::size_t digits = std::max<std::size_t>(3, std::to_string(count).size());
  std::vector<PlannedRun> runs(count);
  for (std::size_t index = 0; index < count; ++index) {
    PlannedRun& run = runs[index];
    run.point = static_cast<std::int64_t>(index);
    run.parameters.resize(keys.size());
    std::size_t rest = index;
    for (std::size_t k = keys.size(); k-- > 0; rest /= keys[k].second.size())
      run.parameters[k] = {keys[k].first, keys[k].second[rest % keys[k].second.size()]};
    run.run_id = fmt::format("{:0{}}", index + 1, digits) + slug(run);
  }
  return runs;
}

}  // namespace cellsweep::sweep
