#include "sweep/bayes/bayes_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sweep/bayes/gaussian_process.h"

namespace cellsweep::sweep {
namespace {

constexpr std::size_t draws = 600;
constexpr std::size_t neighbours = 400;

bool is_list(const Parameter& parameter) {
  return !parameter.values.empty();
}

// Appends the coordinates of a value: one per choice for a list, else one number of about unit size. A
// parameter that a condition leaves out lies in the middle of nowhere: at zero.
void encode(const Parameter& parameter, const std::string* value, std::vector<double>& out) {
  if (is_list(parameter)) {
    for (const std::string& choice : parameter.values)
      out.push_back(value != nullptr && choice == *value ? 1 : 0);
    return;
  }
  out.push_back(value == nullptr ? 0 : unit_of(parameter, std::stod(*value)));
}

std::vector<double> encode(const SweepOptions& options, const Point& point) {
  std::vector<double> coordinates;
  for (const auto& [key, parameter] : options.parameters) {
    const auto given = std::ranges::find(point, key, &Point::value_type::first);
    encode(parameter, given == point.end() ? nullptr : &given->second, coordinates);
  }
  return coordinates;
}

// The point with some of its values changed: choices drawn anew, numbers moved a little.
Point neighbour(const SweepOptions& options, const Point& of, std::size_t number, std::size_t stream) {
  Point near;
  std::size_t index = 0;
  const double reach = std::pow(10.0, -0.5 - 1.5 * static_cast<double>(number % 8) / 7);
  for (const auto& [key, parameter] : options.parameters) {
    const RandomSequence random = search_numbers(options, stream + number, index++);
    const auto given = std::ranges::find(of, key, &Point::value_type::first);
    const bool is_kept = given != of.end() && random.uniform(7) < 0.5;
    if (is_kept)
      near.push_back(*given);
    else if (given == of.end() || is_list(parameter))
      near.emplace_back(key, draw(parameter, random));
    else
      near.emplace_back(key, value_of_unit(parameter, unit_of(parameter, std::stod(given->second)) +
                                                          reach * random.normal(9)));
  }
  return with_conditions(options, near);
}

double expected_improvement(const Prediction& at, double best) {
  if (at.deviation <= 0) return 0;
  const double z = (best - at.mean) / at.deviation;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  const double below = 0.5 * std::erfc(-z / std::numbers::sqrt2);
  return at.deviation * (z * below + density);
}

// What bayes learns from: a point's value is the mean over its repeats of each run's best one.
std::vector<Observation> observe(const std::vector<LedgerRun>& runs, Goal goal) {
  std::vector<Observation> observations;
  for (std::size_t begin = 0, end = 0; begin < runs.size(); begin = end) {
    Observation point{.point = runs[begin].planned.parameters, .value = {}};
    std::erase_if(point.point, [](const auto& given) { return given.first == "train.seed"; });
    double sum = 0;
    int count = 0;
    for (; end < runs.size() && runs[end].planned.point == runs[begin].planned.point; ++end) {
      point.is_pending |=
          runs[end].status == "running" || runs[end].status == "planned" || runs[end].status == "interrupted";
      const auto best = runs[end].best(goal);
      if (best && !point.is_pending) sum += *best, ++count;
    }
    if (count > 0 && !point.is_pending) point.value = sum / count;
    observations.push_back(std::move(point));
  }
  return observations;
}

}  // namespace

Point propose(const SweepOptions& options, const std::vector<Observation>& observations) {
  const double sign = options.metric.goal == Goal::maximize ? -1 : 1;
  std::vector<double> known;
  for (const Observation& each : observations)
    if (each.value && std::isfinite(*each.value)) known.push_back(sign * *each.value);
  const std::size_t count = observations.size();
  if (known.empty()) return draw_point(options, count);
  const double worst = std::ranges::max(known);
  double mean = 0;
  for (const double value : known) mean += value / static_cast<double>(known.size());

  std::vector<double> points, values;
  const Point* best_point = nullptr;
  double best = worst;
  for (const Observation& each : observations) {
    const auto coordinates = encode(options, each.point);
    points.insert(points.end(), coordinates.begin(), coordinates.end());
    const bool is_known = each.value && std::isfinite(*each.value);
    values.push_back(is_known ? sign * *each.value : each.is_pending ? mean : worst);
    if (is_known && values.back() <= best) {
      best = values.back();
      best_point = &each.point;
    }
  }
  const std::size_t dimensions = points.size() / count;
  const GaussianProcess process(std::move(points), dimensions, values);

  // Numbers of candidates lie beyond those of all points that could be drawn.
  const std::size_t stream = 1'000'000 + count * (draws + neighbours);
  std::vector<Point> candidates;
  for (std::size_t i = 0; i < draws; ++i) candidates.push_back(draw_point(options, stream + i));
  for (std::size_t i = 0; i < neighbours; ++i)
    candidates.push_back(neighbour(options, *best_point, i, stream + draws));
  std::vector<double> rows;
  for (const Point& candidate : candidates) {
    const auto coordinates = encode(options, candidate);
    rows.insert(rows.end(), coordinates.begin(), coordinates.end());
  }
  const auto predictions = process.predict(rows);
  const auto chosen = std::ranges::max_element(
      predictions, {}, [&](const Prediction& at) { return expected_improvement(at, best); });
  return candidates[static_cast<std::size_t>(chosen - predictions.begin())];
}

Scheduler::Propose make_bayes_search(const SweepOptions& options, std::uint64_t training_seed) {
  if (options.method != Method::bayes) return {};
  return [&options, training_seed](const std::vector<LedgerRun>& runs) {
    const auto observations = observe(runs, options.metric.goal);
    const std::size_t total = total_runs(options, runs.size());
    return runs_of_point(options, training_seed, propose(options, observations), std::ssize(observations),
                         total);
  };
}

}  // namespace cellsweep::sweep
