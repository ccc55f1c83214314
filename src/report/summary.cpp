#include "report/summary.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "base/parse_number.h"

namespace cellsweep::report {
namespace {

constexpr std::size_t fewest_runs = 4;
constexpr const char* seed_key = "train.seed";

std::vector<const ComparisonRow*> with_metric(const Comparison& comparison) {
  std::vector<const ComparisonRow*> rows;
  for (const ComparisonRow& row : comparison.rows)
    if (row.state == RunState::finished && row.best_metric) rows.push_back(&row);
  return rows;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squares_around(const std::vector<double>& values, double centre) {
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return sum;
}

std::string text_of(const ComparisonRow& row, const std::string& key) {
  for (const auto& [name, value] : row.parameters)
    if (name == key) return value;
  return "";
}

// Equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

double rank_correlation_squared(const std::vector<double>& x, const std::vector<double>& y) {
  const std::vector<double> a = ranks_of(x), b = ranks_of(y);
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double covariance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) covariance += (a[i] - mean_a) * (b[i] - mean_b);
  const double squares = squares_around(a, mean_a) * squares_around(b, mean_b);
  return squares > 0 ? covariance * covariance / squares : 0;
}

double correlation_ratio(const std::vector<std::string>& groups, const std::vector<double>& values) {
  std::map<std::string, std::vector<double>> by_group;
  for (std::size_t i = 0; i < groups.size(); ++i) by_group[groups[i]].push_back(values[i]);
  const double mean = mean_of(values);
  double between = 0;
  for (const auto& [group, members] : by_group)
    between += static_cast<double>(members.size()) * std::pow(mean_of(members) - mean, 2);
  return between / squares_around(values, mean);
}

}  // namespace

std::vector<PointSummary> summarise_points(const Comparison& comparison) {
  std::map<std::pair<std::filesystem::path, std::int64_t>, std::vector<const ComparisonRow*>> by_point;
  for (const ComparisonRow* row : with_metric(comparison))
    by_point[{row->folder.parent_path(), row->point}].push_back(row);
  std::vector<PointSummary> points;
  for (const auto& [point, rows] : by_point) {
    PointSummary summary{
        .sweep_folder = rows.front()->sweep_folder, .run_ids = {}, .parameters = rows.front()->parameters};
    std::erase_if(summary.parameters,
                  [&](const auto& given) { return rows.size() > 1 && given.first == seed_key; });
    std::vector<double> values;
    for (const ComparisonRow* row : rows) {
      summary.run_ids.push_back(row->run_id);
      values.push_back(*row->best_metric);
    }
    summary.mean = mean_of(values);
    if (values.size() > 1)
      summary.deviation =
          std::sqrt(squares_around(values, summary.mean) / static_cast<double>(values.size() - 1));
    points.push_back(std::move(summary));
  }
  std::ranges::stable_sort(points, [&](const auto& a, const auto& b) {
    return is_better(a.mean, b.mean, comparison.metric.goal);
  });
  return points;
}

std::vector<std::pair<std::string, double>> importance(const Comparison& comparison) {
  const auto rows = with_metric(comparison);
  std::vector<double> values;
  std::set<std::string> keys;
  for (const ComparisonRow* row : rows) {
    values.push_back(*row->best_metric);
    for (const auto& [key, value] : row->parameters)
      if (key != seed_key) keys.insert(key);
  }
  if (rows.size() < fewest_runs || squares_around(values, mean_of(values)) == 0) return {};
  std::vector<std::pair<std::string, double>> fractions;
  for (const std::string& key : keys) {
    std::vector<std::string> groups;
    std::vector<double> numbers;
    for (const ComparisonRow* row : rows) {
      groups.push_back(text_of(*row, key));
      if (const auto number = parse_number<double>(groups.back())) numbers.push_back(*number);
    }
    const std::set<std::string> distinct(groups.begin(), groups.end());
    if (distinct.size() < 2) continue;
    const bool is_mostly_once = 2 * distinct.size() > rows.size();
    if (is_mostly_once && numbers.size() < rows.size()) continue;  // words of which each stands for itself
    fractions.emplace_back(
        key, is_mostly_once ? rank_correlation_squared(numbers, values) : correlation_ratio(groups, values));
  }
  std::ranges::stable_sort(fractions, std::ranges::greater(), &std::pair<std::string, double>::second);
  return fractions;
}

}  // namespace cellsweep::report
