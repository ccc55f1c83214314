#include "sweep/bayes/bayes_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "base/parse_number.h"
#include "sweep/bayes/gaussian_process.h"

namespace cellsweep::sweep {
namespace {

constexpr std::size_t draws = 600;
constexpr std::size_t neighbours = 400;

// Appends the coordinates of a value: one per choice for a list, else one number of about unit size. A
// parameter that a condition leaves out is at zero.
void encode(const Parameter& parameter, const std::string* value, std::vector<double>& out) {
  if (is_list(parameter.distribution)) {
    for (const std::string& choice : parameter.values)
      out.push_back(value != nullptr && choice == *value ? 1 : 0);
    return;
  }
  out.push_back(value == nullptr ? 0 : unit_of(parameter, parse_number<double>(*value).value()));
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
Point neighbour(const SweepOptions& options, const Point& point, std::size_t number, std::size_t stream) {
  Point near;
  std::size_t index = 0;
  const double reach = std::pow(10.0, -0.5 - 1.5 * static_cast<double>(number % 8) / 7);
  for (const auto& [key, parameter] : options.parameters) {
    const RandomSequence random = search_numbers(options, stream + number, index++);
    const auto given = std::ranges::find(point, key, &Point::value_type::first);
    const bool is_kept = given != point.end() && random.uniform(7) < 0.5;
    if (is_kept)
      near.push_back(*given);
    else if (given == point.end() || is_list(parameter.distribution))
      near.emplace_back(key, draw(parameter, random));
    else
      near.emplace_back(
          key, value_of_unit(parameter, unit_of(parameter, parse_number<double>(given->second).value()) +
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

// What a run counts as; unset: nothing, which for a whole point is the worst.
std::optional<double> value_of_run(const LedgerRun& run, const MetricOptions& metric) {
  if (run.state != RunState::failed && run.state != RunState::diverged) return run.best(metric.goal);
  std::optional<double> imputed;
  if (metric.impute == Impute::worst) return imputed;
  for (const auto& [epoch, value] : run.values) {
    if (!std::isfinite(value)) continue;
    if (!imputed || metric.impute == Impute::latest || is_better(value, *imputed, metric.goal))
      imputed = value;
  }
  return imputed;
}

// What bayes learns from the first `known` runs: a point's value is the mean over its repeats of what each
// run counts as. The points of the others are pending, whatever became of them.
std::vector<Observation> observe(const std::vector<LedgerRun>& runs, std::size_t known,
                                 const MetricOptions& metric) {
  std::vector<Observation> observations;
  for (std::size_t begin = 0, end = 0; begin < runs.size(); begin = end) {
    Observation point{.point = runs[begin].planned.parameters, .value = {}};
    std::erase_if(point.point, [](const auto& given) { return given.first == "train.seed"; });
    double sum = 0;
    int count = 0;
    for (; end < runs.size() && runs[end].planned.point == runs[begin].planned.point; ++end) {
      point.is_pending |= end >= known || !is_over(runs[end].state);
      const auto value = value_of_run(runs[end], metric);
      if (value && !point.is_pending) sum += *value, ++count;
    }
    if (count > 0 && !point.is_pending) point.value = sum / count;
    observations.push_back(std::move(point));
  }
  return observations;
}

// Whether one of the rows of coordinates `taken` is so near to `point` that a training there would show
// nothing new: no coordinate is a hundredth of its range away.
bool is_near_any(const std::vector<double>& point, const std::vector<double>& taken) {
  constexpr double least_distance = 0.01;
  for (std::size_t row = 0; row < taken.size(); row += point.size()) {
    bool is_near = true;
    for (std::size_t i = 0; i < point.size() && is_near; ++i)
      is_near = std::abs(point[i] - taken[row + i]) < least_distance;
    if (is_near) return true;
  }
  return false;
}

std::vector<double> encode(const SweepOptions& options, const std::vector<Point>& points) {
  std::vector<double> rows;
  for (const Point& point : points) {
    const auto coordinates = encode(options, point);
    rows.insert(rows.end(), coordinates.begin(), coordinates.end());
  }
  return rows;
}

// The metric, as a loss, of what was observed.
class Model {
 public:
  // At least one observation has a value.
  Model(const SweepOptions& options, const std::vector<Observation>& observations) : options_(options) {
    const double sign = options.metric.goal == Goal::maximize ? -1 : 1;
    std::vector<Point> decided, pending;
    std::vector<double> values;
    double worst = -std::numeric_limits<double>::infinity();
    for (const Observation& each : observations) {
      if (each.is_pending) {
        pending.push_back(each.point);
        continue;
      }
      decided.push_back(each.point);
      values.push_back(each.value ? sign * *each.value : std::numeric_limits<double>::quiet_NaN());
      if (!std::isfinite(values.back())) continue;
      worst = std::max(worst, values.back());
      if (values.back() > best_) continue;
      best_ = values.back();
      best_point_ = each.point;
    }
    for (double& value : values)
      if (!std::isfinite(value)) value = worst;
    process_.emplace(encode(options, decided), dimensions(), values);
    if (pending.empty()) return;
    for (const Prediction& prediction : predict(pending)) values.push_back(prediction.mean);
    decided.insert(decided.end(), pending.begin(), pending.end());
    process_.emplace(encode(options, decided), dimensions(), values);
  }

  std::vector<Prediction> predict(const std::vector<Point>& points) const {
    return process_->predict(encode(options_, points));
  }
  double best() const { return best_; }
  const Point& best_point() const { return best_point_; }

 private:
  std::size_t dimensions() const { return encode(options_, best_point_).size(); }

  const SweepOptions& options_;
  std::optional<GaussianProcess> process_;
  double best_ = std::numeric_limits<double>::infinity();
  Point best_point_;
};

}  // namespace

std::optional<Point> propose(const SweepOptions& options, const std::vector<Observation>& observations) {
  const std::size_t count = observations.size();
  std::set<Point> planned;
  for (const Observation& each : observations) planned.insert(each.point);
  const bool is_known = std::ranges::any_of(observations, [](const Observation& each) {
    return !each.is_pending && each.value && std::isfinite(*each.value);
  });
  if (!is_known) {
    const auto drawn = new_points(options, std::move(planned), count, 1);
    return drawn.empty() ? std::nullopt : std::optional(drawn.front());
  }
  const Model model(options, observations);

  // Numbers of candidates lie beyond those of all points that could be drawn.
  const std::size_t stream = 1'000'000 + count * (draws + neighbours);
  std::vector<Point> candidates;
  const std::vector<double> taken = encode(options, std::vector<Point>(planned.begin(), planned.end()));
  const auto add = [&](Point point) {
    if (!planned.contains(point) && !is_near_any(encode(options, point), taken))
      candidates.push_back(std::move(point));
  };
  for (std::size_t i = 0; i < draws; ++i) add(draw_point(options, stream + i));
  for (std::size_t i = 0; i < neighbours; ++i) add(neighbour(options, model.best_point(), i, stream + draws));
  if (candidates.empty()) candidates = new_points(options, std::move(planned), stream, draws);
  if (candidates.empty()) return std::nullopt;
  const auto predictions = model.predict(candidates);
  const auto chosen = std::ranges::max_element(
      predictions, {}, [&](const Prediction& at) { return expected_improvement(at, model.best()); });
  return candidates[chosen - predictions.begin()];
}

Scheduler::Propose make_bayes_search(const SweepOptions& options, std::uint64_t training_seed) {
  if (options.method != Method::bayes) return {};
  const std::size_t most = options.run_cap.value_or(0) * options.repeats;
  return [&options, training_seed, most](const std::vector<LedgerRun>& runs, std::size_t known) {
    const auto observations = observe(runs, known, options.metric);
    const auto point = propose(options, observations);
    if (!point) return std::vector<PlannedRun>();
    return runs_of_point(options, training_seed, *point, std::ssize(observations), most);
  };
}

}  // namespace cellsweep::sweep
