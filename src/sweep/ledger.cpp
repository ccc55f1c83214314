#include "sweep/ledger.h"

#include <array>
#include <cmath>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/finite_json.h"
#include "base/lines.h"
#include "sweep/run_fields.h"
#include "sweep/run_folder.h"

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

Json event(std::string_view name, const std::string& run_id) {
  Json line = event(name);
  line["run_id"] = run_id;
  return line;
}

// Text from outside (a reason, a value) may hold bytes that are not UTF-8; they must not cost a run.
std::string text_of(const Json& line) {
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A count. The parser's own conversion takes 1e300 for one, too, which is undefined.
std::int64_t read_count(const Json& line, const char* key) {
  constexpr std::int64_t largest = 1'000'000'000'000'000;
  const Json& value = line.at(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest)
    throw Error(std::string(key) + " must be an integer from 0 to " + std::to_string(largest));
  return value.get<std::int64_t>();
}

std::int64_t read_count(const Json& line, const char* key, std::int64_t otherwise) {
  return line.contains(key) ? read_count(line, key) : otherwise;
}

using Parameters = decltype(PlannedRun::parameters);

template <class Field>
Json to_value(const Field& field) {
  return field;
}

Json to_value(const Parameters& parameters) {
  Json object = Json::object();
  for (const auto& [key, value] : parameters) object[key] = value;
  return object;
}

template <class Field>
void read_value(const Json& line, const char* key, Field& field) {
  line.at(key).get_to(field);
}

void read_value(const Json& line, const char* key, std::int64_t& count) {
  count = read_count(line, key);
}

void read_value(const Json& line, const char* key, Parameters& parameters) {
  for (const auto& [name, value] : line.at(key).items())
    parameters.emplace_back(name, value.get<std::string>());
}

Json to_json(const PlannedRun& run) {
  Json json;
  for_each_field(run, [&](const char* key, const auto& field) { json[key] = to_value(field); });
  return json;
}

// Without these a line cannot be read; a field that is missing else has its usual value.
bool is_required(std::string_view key) {
  return key == run_id_field || key == parameters_field || key == seconds_field;
}

// The event's name says it.
bool is_state(std::string_view key) {
  return key == state_field;
}

// `record` has the usual values, and the state.
template <class Record>
Record read_record(const Json& line, Record record) {
  for_each_field(record, [&](const char* key, auto& field) {
    if (!is_state(key) && (is_required(key) || line.contains(key))) read_value(line, key, field);
  });
  return record;
}

// Builds the state up line by line.
class LedgerReader {
 public:
  void take(std::string_view text) {
    const Json line = Json::parse(text);
    if (!line.is_object()) throw Error("must be a JSON object, one a line");
    const auto name = line.at("event").get<std::string>();
    if (name == "planned") return plan(line);
    if (name == "resumed") return;
    LedgerRun& run = find(line.at("run_id").get<std::string>());
    if (name == "started") {
      run.state = RunState::running;
      run.cell = line.at("cell").get<std::string>();
      run.attempts = read_count(line, "attempt", run.attempts + 1);
      run.outcome = {};
    } else if (name == "epoch") {
      const Json& value = line.at("value");
      run.values[read_count(line, "epoch")] =
          value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    } else if (const auto ended = from_name<RunState>(name); ended && *ended != RunState::running) {
      run.state = *ended;
      run.failures += *ended == RunState::failed ? 1 : 0;
      run.outcome = read_record<RunOutcome>(line, {.state = *ended});
    } else {
      throw Error(
          "unknown event " + name +
          "; there are planned, resumed, started, epoch, finished, diverged, failed, pruned and interrupted");
    }
  }

  LedgerState state;

 private:
  void plan(const Json& line) {
    if (!line.value("more", false)) {
      // A sweep that was planned anew starts over.
      state = {};
      places_.clear();
      state.sweep = line.at("sweep").get<std::string>();
      state.metric.name = line.at("metric").at("name").get<std::string>();
      const auto goal = from_name<Goal>(line.at("metric").at("goal").get<std::string>());
      if (!goal) throw Error("metric.goal must be maximize or minimize");
      state.metric.goal = *goal;
    }
    for (const Json& run : line.at("runs")) {
      LedgerRun planned{.planned = read_record<PlannedRun>(
                            run, {.run_id = {}, .parameters = {}, .point = std::ssize(state.runs)})};
      check_run_id(planned.planned.run_id);
      if (!places_.emplace(planned.planned.run_id, state.runs.size()).second)
        throw Error("run " + planned.planned.run_id + " is planned twice");
      state.runs.push_back(std::move(planned));
    }
  }

  LedgerRun& find(const std::string& run_id) {
    const auto place = places_.find(run_id);
    if (place == places_.end()) throw Error("run " + run_id + " was not planned");
    return state.runs[place->second];
  }

  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::optional<double> LedgerRun::best(Goal goal) const {
  std::optional<double> found;
  if (state == RunState::diverged) return found;
  for (const auto& [epoch, value] : values) {
    if (!std::isfinite(value) || (state == RunState::pruned && epoch > outcome.epoch)) continue;
    if (!found || is_better(value, *found, goal)) found = value;
  }
  return found;
}

Ledger::Ledger(const std::filesystem::path& path, bool takes_over) : file_(path) {
  if (!file_.lock() && !takes_over)
    throw UserError(path.string() + ": another job writes to this sweep; wait for its end");
}

void Ledger::append(const std::string& line) {
  if (lease_ != nullptr) lease_->check();
  if (!std::exchange(is_whole_, true)) file_.drop_torn_line();
  file_.append(line);
}

void Ledger::planned(const std::string& sweep, const MetricOptions& metric,
                     const std::vector<PlannedRun>& runs) {
  Json line = event("planned");
  line["sweep"] = sweep;
  line["metric"] = {{"name", metric.name}, {"goal", to_name(metric.goal)}};
  line["runs"] = Json::array();
  for (const auto& run : runs) line["runs"].push_back(to_json(run));
  append(text_of(line));
  file_.sync();
}

void Ledger::planned(const PlannedRun& run) {
  Json line = event("planned");
  line["more"] = true;
  line["runs"] = Json::array({to_json(run)});
  append(text_of(line));
  file_.sync();
}

void Ledger::resumed(int ranks) {
  Json line = event("resumed");
  line["ranks"] = ranks;
  append(text_of(line));
  file_.sync();
}

void Ledger::started(const std::string& run_id, const std::string& cell, int ranks, std::int64_t attempt) {
  Json line = event("started", run_id);
  line["cell"] = cell;
  line["ranks"] = ranks;
  line["attempt"] = attempt;
  append(text_of(line));
  file_.sync();
}

void Ledger::epoch(const std::string& run_id, std::int64_t epoch, double value) {
  Json line = event("epoch", run_id);
  line["epoch"] = epoch;
  line["value"] = finite_or_null<Json>(value);
  append(text_of(line));
}

void Ledger::ended(const std::string& run_id, const RunOutcome& outcome) {
  Json line = event(to_name(outcome.state), run_id);
  for_each_field(outcome, [&]<class Field>(const char* key, const Field& field) {
    if (!is_state(key) && (is_required(key) || field != Field{})) line[key] = field;
  });
  append(text_of(line));
  file_.sync();
}

LedgerState read_ledger(const std::filesystem::path& path) {
  return parse_ledger(path, read_lines(path));
}

LedgerState parse_ledger(const std::filesystem::path& path, std::string_view content) {
  LedgerReader reader;
  parse_lines(path, content, [&](std::string_view line) { reader.take(line); });
  return std::move(reader.state);
}

}  // namespace cellsweep::sweep
