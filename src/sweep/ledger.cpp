#include "sweep/ledger.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/lines.h"

namespace cellsweep::sweep {
namespace {

using Json = nlohmann::ordered_json;

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

Json event(std::string_view name) {
  Json line;
  line["time"] = utc_now();
  line["event"] = name;
  return line;
}

Json run_end(std::string_view name, const std::string& run_id, double seconds, const std::string& reason) {
  Json line = event(name);
  line["run_id"] = run_id;
  line["seconds"] = seconds;
  if (!reason.empty()) line["reason"] = reason;
  return line;
}

// Text from outside (a reason, a value) may hold bytes that are not UTF-8; they must not cost a run.
std::string text_of(const Json& line) {
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

LedgerRun read_planned(const Json& run) {
  LedgerRun result;
  result.run_id = run.at("run_id").get<std::string>();
  for (const auto& [key, value] : run.at("parameters").items())
    result.parameters.emplace_back(key, value.get<std::string>());
  return result;
}

// Takes what the sweep is from its first line. A sweep that was planned anew starts over.
LedgerState read_plan(const Json& line) {
  LedgerState state;
  state.sweep = line.at("sweep").get<std::string>();
  state.metric.name = line.at("metric").at("name").get<std::string>();
  const auto goal = from_name<Goal>(line.at("metric").at("goal").get<std::string>());
  if (!goal) throw Error("metric.goal must be maximize or minimize");
  state.metric.goal = *goal;
  for (const auto& run : line.at("runs")) state.runs.push_back(read_planned(run));
  return state;
}

void take_event(LedgerState& state, const Json& line) {
  if (!line.is_object()) throw Error("must be a JSON object, one a line");
  const auto name = line.at("event").get<std::string>();
  if (name == "planned") {
    state = read_plan(line);
    return;
  }
  const auto id = line.at("run_id").get<std::string>();
  const auto run =
      std::find_if(state.runs.begin(), state.runs.end(), [&](auto& each) { return each.run_id == id; });
  if (run == state.runs.end()) throw Error("run " + id + " was not planned");
  LedgerRun next = *run;
  if (name == "started") {
    next.status = "running";
    next.cell = line.at("cell").get<std::string>();
  } else if (name == "finished" || name == "failed") {
    next.status = name;
    next.seconds = line.at("seconds").get<double>();
    next.reason = line.value("reason", "");
  } else {
    throw Error("unknown event " + name + "; there are planned, started, finished and failed");
  }
  *run = std::move(next);
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& path) : file_(path, AppendFile::Durability::fsync) {}

void Ledger::planned(const std::string& sweep, const MetricOptions& metric,
                     const std::vector<PlannedRun>& runs) {
  Json line = event("planned");
  line["sweep"] = sweep;
  line["metric"] = {{"name", metric.name}, {"goal", to_name(metric.goal)}};
  line["runs"] = Json::array();
  for (const auto& run : runs) {
    Json parameters = Json::object();
    for (const auto& [key, value] : run.parameters) parameters[key] = value;
    line["runs"].push_back({{"run_id", run.run_id}, {"parameters", std::move(parameters)}});
  }
  file_.append(text_of(line));
}

void Ledger::started(const std::string& run_id, const std::string& cell, int ranks) {
  Json line = event("started");
  line["run_id"] = run_id;
  line["cell"] = cell;
  line["ranks"] = ranks;
  file_.append(text_of(line));
}

void Ledger::finished(const std::string& run_id, double seconds, const std::string& reason) {
  file_.append(text_of(run_end("finished", run_id, seconds, reason)));
}

void Ledger::failed(const std::string& run_id, double seconds, const std::string& reason) {
  file_.append(text_of(run_end("failed", run_id, seconds, reason)));
}

LedgerState read_ledger(const std::filesystem::path& path) {
  LedgerState state;
  parse_lines(path, [&](std::string_view line) { take_event(state, Json::parse(line)); });
  return state;
}

}  // namespace cellsweep::sweep
