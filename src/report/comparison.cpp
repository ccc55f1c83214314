#include "report/comparison.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_names.h"
#include "base/finite_json.h"
#include "base/metric_name.h"
#include "base/text.h"
#include "metrics/history.h"
#include "model/metric.h"
#include "report/names.h"
#include "report/summary.h"
#include "sweep/ledger.h"
#include "sweep/metric.h"
#include "sweep/run_folder.h"

namespace cellsweep::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using History = std::vector<metrics::EpochReport>;
using Value = std::optional<double>;

// Whoever reads a comparison by program finds these in each.
constexpr std::string_view always_shown[] = {"loss", "accuracy"};

Value finite(Value value) {
  return value && std::isfinite(*value) ? value : std::nullopt;
}

Value best(const History& history, std::string_view name, Goal goal) {
  Value result;
  for (const auto& epoch : history) {
    const Value value = finite(epoch.metrics.find(name));
    if (value && (!result || is_better(*value, *result, goal))) result = value;
  }
  return result;
}

// Epochs have equally many samples, so the run's rate is the harmonic mean of theirs.
Value mean_rate(const History& history) {
  double time = 0;
  for (const auto& epoch : history) time += 1 / epoch.samples_per_second;
  return history.empty() ? std::nullopt : finite(static_cast<double>(history.size()) / time);
}

// What a run that was pruned trained beyond its last epoch that counts is left out.
History history_of(const fs::path& folder, const sweep::LedgerRun& run) {
  sweep::check_no_link(folder);
  const fs::path file = folder / file_names::history;
  if (fs::symlink_status(file).type() == fs::file_type::not_found) return {};
  History history = metrics::read_history(file);
  if (run.state == RunState::pruned)
    std::erase_if(history, [&](const auto& epoch) { return epoch.epoch > run.outcome.epoch; });
  return history;
}

ComparisonRow make_row(const sweep::LedgerRun& run, const std::string& sweep,
                       const sweep::MetricOptions& metric, const fs::path& folder) {
  const History history = history_of(folder, run);
  ComparisonRow row;
  row.run_id = run.planned.run_id;
  row.sweep = sweep;
  row.folder = folder;
  row.point = run.planned.point;
  row.cell = run.cell;
  if (row.cell.empty())  // not started
    for (const auto& [key, value] : run.planned.parameters)
      if (key == "model.cell") row.cell = value;
  row.state = run.state;
  row.reason = run.outcome.reason;
  row.parameters = run.planned.parameters;
  row.best_metric = best(history, metric.name, metric.goal);
  for (const std::string& name : model::metric_names())
    if (const Value value = best(history, name, sweep::usual_goal(name))) row.best[name] = *value;
  row.samples_per_second = mean_rate(history);
  row.epochs = static_cast<std::int64_t>(history.size());
  row.seconds = run.outcome.seconds;
  if (run.state == RunState::running)
    for (const auto& epoch : history) row.seconds += epoch.seconds;
  if (history.empty()) return row;
  for (const auto& [name, value] : history.back().metrics)
    if (std::isfinite(value)) row.last[name] = value;
  return row;
}

// A directory of the command line: a sweep's, and perhaps one run in it.
struct RequestedFolder {
  fs::path sweep;
  std::string only_run;
};

RequestedFolder find_sweep(const fs::path& given) {
  if (!fs::is_directory(given)) throw UserError(given.string() + ": there is no such directory");
  const fs::path directory = fs::canonical(given);
  if (fs::exists(directory / file_names::ledger)) return {directory, ""};
  if (fs::exists(directory.parent_path() / file_names::ledger))
    return {directory.parent_path(), directory.filename().string()};
  std::string message = given.string() + ": has no " + std::string(file_names::ledger) +
                        "; give the directory of a sweep (it holds one) or of a run in a sweep";
  for (const auto& child : fs::directory_iterator(directory, fs::directory_options::skip_permission_denied))
    if (child.is_directory() && fs::exists(child.path() / file_names::ledger))
      throw UserError(message + ", such as " + (given / child.path().filename()).string());
  throw UserError(message);
}

void name_sweep_folders(std::vector<ComparisonRow>& rows) {
  std::vector<fs::path> folders;
  for (const ComparisonRow& row : rows) folders.push_back(row.folder.parent_path());
  const auto names = folder_names(folders);
  for (ComparisonRow& row : rows) row.sweep_folder = names.at(row.folder.parent_path());
}

// Former versions ranked by val_accuracy if no metric was named, regressions too.
void rank_by_what_there_is(Comparison& comparison) {
  const auto has_metric = [](const ComparisonRow& row) { return row.best_metric.has_value(); };
  const std::string loss(sweep::metric_of_every_run);
  const auto has_loss = [&](const ComparisonRow& row) { return row.best.find(loss).has_value(); };
  if (std::ranges::any_of(comparison.rows, has_metric) || std::ranges::none_of(comparison.rows, has_loss))
    return;
  comparison.metric.name = loss;
  comparison.metric.goal = sweep::usual_goal(loss);
  for (ComparisonRow& row : comparison.rows) row.best_metric = row.best.find(loss);
}

int rank_of(const ComparisonRow& row) {
  if (row.state != RunState::finished) return 2;
  return row.best_metric ? 0 : 1;
}

}  // namespace

Comparison compare(const std::vector<fs::path>& directories) {
  Comparison comparison;
  std::set<fs::path> seen;
  bool first = true;
  for (const auto& directory : directories) {
    const RequestedFolder requested = find_sweep(directory);
    const auto ledger = sweep::read_ledger(requested.sweep / file_names::ledger);
    if (std::exchange(first, false)) comparison.metric = ledger.metric;
    bool found = requested.only_run.empty();
    for (const auto& run : ledger.runs) {
      if (!requested.only_run.empty() && run.planned.run_id != requested.only_run) continue;
      found = true;
      const fs::path folder = requested.sweep / run.planned.run_id;
      if (seen.insert(folder).second)
        comparison.rows.push_back(make_row(run, ledger.sweep, comparison.metric, folder));
    }
    if (!found)
      throw UserError(directory.string() + ": is not a run of the sweep in " + requested.sweep.string() +
                      ", whose ledger does not name it");
  }
  name_sweep_folders(comparison.rows);
  comparison.has_several_sweeps = spans_several_sweeps(comparison.rows);
  rank_by_what_there_is(comparison);
  std::stable_sort(comparison.rows.begin(), comparison.rows.end(), [&](const auto& a, const auto& b) {
    if (rank_of(a) != rank_of(b)) return rank_of(a) < rank_of(b);
    return rank_of(a) == 0 && is_better(*a.best_metric, *b.best_metric, comparison.metric.goal);
  });
  return comparison;
}

MetricNames metric_names(const Comparison& comparison) {
  MetricNames names;
  const auto has = [&](const std::string& name) {
    return std::ranges::any_of(comparison.rows, [&](const ComparisonRow& row) {
      return row.best.find(name).has_value() || row.last.find(name).has_value();
    });
  };
  for (const std::string& name : model::metric_names()) {
    const bool is_usual = std::ranges::find(always_shown, without_validation(name)) != std::end(always_shown);
    if (is_usual || has(name)) (is_validation(name) ? names.validation : names.training).push_back(name);
  }
  std::ranges::rotate(names.validation, names.validation.begin() + 1);
  return names;
}

std::string to_json(const Comparison& comparison) {
  const auto value = [](const Value& number) { return finite_or_null<Json>(number); };
  const MetricNames names = metric_names(comparison);
  Json runs = Json::array();
  for (const auto& row : comparison.rows) {
    Json parameters = Json::object();
    for (const auto& [key, text] : row.parameters) parameters[key] = text;
    Json run;
    run["run_id"] = row.run_id;
    run["point"] = row.point;
    run["sweep"] = row.sweep;
    run["folder"] = row.sweep_folder;
    run["cell"] = row.cell;
    run["status"] = to_name(row.state);
    run["reason"] = row.reason;
    run["parameters"] = std::move(parameters);
    run["best_metric"] = value(row.best_metric);
    for (const std::string& name : names.validation) {
      run["best_" + name] = value(row.best.find(name));
      run["last_" + name] = value(row.last.find(name));
    }
    for (const std::string& name : names.training) run[name] = value(row.last.find(name));
    run["epochs"] = row.epochs;
    run["seconds"] = row.seconds;
    run["samples_per_second"] = value(row.samples_per_second);
    runs.push_back(std::move(run));
  }
  Json all;
  all["metric"] = {{"name", comparison.metric.name}, {"goal", to_name(comparison.metric.goal)}};
  all["runs"] = std::move(runs);
  all["points"] = Json::array();
  for (const PointSummary& point : summarise_points(comparison)) {
    Json parameters = Json::object();
    for (const auto& [key, text] : point.parameters) parameters[key] = text;
    all["points"].push_back({{"folder", point.sweep_folder},
                             {"run_ids", point.run_ids},
                             {"parameters", std::move(parameters)},
                             {"mean", point.mean},
                             {"std", value(point.deviation)}});
  }
  all["importance"] = Json::object();
  for (const auto& [key, fraction] : importance(comparison)) all["importance"][key] = fraction;
  return escape_unprintable(all.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace cellsweep::report
