#include "metrics/message.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/record_json.h"
#include "metrics/report_fields.h"

namespace cellsweep::metrics {

// A map's order is that of its keys, so metrics are a list of names and values.
void to_json(nlohmann::json& json, const MetricValues& metrics) {
  json = nlohmann::json::array();
  for (const auto& [name, value] : metrics) json.push_back({name, value});
}

void from_json(const nlohmann::json& json, MetricValues& metrics) {
  metrics = {};
  for (const nlohmann::json& entry : json)
    metrics[entry.at(0).get<std::string>()] = entry.at(1).get<double>();
}

// Null: they had not been read back.
void to_json(nlohmann::json& json, const std::shared_ptr<const MetricValues>& metrics) {
  json = nullptr;
  if (metrics) json = *metrics;
}

void from_json(const nlohmann::json& json, std::shared_ptr<const MetricValues>& metrics) {
  metrics = json.is_null() ? nullptr : std::make_shared<MetricValues>(json.get<MetricValues>());
}

using Json = nlohmann::json;

std::string to_bytes(const Report& report) {
  std::string bytes;
  Json::to_msgpack(alternative_to_json(report, [](const auto& each) { return fields_to_json(each); }), bytes);
  return bytes;
}

Report report_from_bytes(const std::string& bytes) {
  try {
    return alternative_from_json<Report>(
        Json::from_msgpack(bytes), "a report",
        []<class Record>(const Json& body, Record& record) { record = fields_from_json<Record>(body); });
  } catch (const Json::exception& error) {
    throw Error(std::string("a report of a run cannot be read: ") + error.what());
  }
}

void report_to(Observer& observer, const Report& report) {
  struct Reporter {
    Observer& observer;
    void operator()(const RunInfo& info) const { observer.on_run_begin(info); }
    void operator()(const StepReport& step) const { observer.on_step(step); }
    void operator()(const EpochReport& epoch) const { observer.on_epoch_end(epoch); }
    void operator()(const RunSummary& summary) const { observer.on_run_end(summary); }
  };
  std::visit(Reporter{observer}, report);
}

}  // namespace cellsweep::metrics
