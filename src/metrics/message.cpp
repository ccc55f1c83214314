#include "metrics/message.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace cellsweep::metrics {
namespace {

using Json = nlohmann::json;

// Null stands for a value that is not set; MessagePack itself has NaN and infinity.
Json optional(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optional(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

Json to_json(const RunInfo& info) {
  return {info.sweep,           info.run_id,     info.cell,       info.engine,
          info.version,         info.parameters, info.ranks,      info.epochs,
          info.steps_per_epoch, info.steps_done, info.batch_size, info.trainable_parameters,
          info.classification};
}

Json to_json(const StepReport& report) {
  return {report.epoch,   report.step,          report.global_step, report.samples,
          report.seconds, report.learning_rate, report.loss,        report.accuracy};
}

Json to_json(const EpochReport& report) {
  return {report.epoch,
          report.step,
          report.loss,
          report.val_loss,
          optional(report.accuracy),
          optional(report.val_accuracy),
          report.learning_rate,
          report.seconds,
          report.evaluation_seconds,
          report.samples_per_second};
}

Json to_json(const RunSummary& summary) {
  return {summary.status, summary.reason, summary.seconds, summary.epochs, summary.steps};
}

RunInfo read_info(const Json& from) {
  return {.sweep = from.at(0),
          .run_id = from.at(1),
          .cell = from.at(2),
          .engine = from.at(3),
          .version = from.at(4),
          .parameters = from.at(5).get<std::map<std::string, std::string>>(),
          .ranks = from.at(6),
          .epochs = from.at(7),
          .steps_per_epoch = from.at(8),
          .steps_done = from.at(9),
          .batch_size = from.at(10),
          .trainable_parameters = from.at(11),
          .classification = from.at(12)};
}

StepReport read_step(const Json& from) {
  StepReport report{
      .epoch = from.at(0), .step = from.at(1), .global_step = from.at(2), .samples = from.at(3)};
  report.seconds = from.at(4);
  report.learning_rate = from.at(5);
  report.loss = from.at(6);
  report.accuracy = from.at(7);
  return report;
}

EpochReport read_epoch(const Json& from) {
  return {.epoch = from.at(0),
          .step = from.at(1),
          .loss = from.at(2),
          .val_loss = from.at(3),
          .accuracy = optional(from.at(4)),
          .val_accuracy = optional(from.at(5)),
          .learning_rate = from.at(6),
          .seconds = from.at(7),
          .evaluation_seconds = from.at(8),
          .samples_per_second = from.at(9)};
}

RunSummary read_summary(const Json& from) {
  return {.status = from.at(0),
          .reason = from.at(1),
          .seconds = from.at(2),
          .epochs = from.at(3),
          .steps = from.at(4)};
}

}  // namespace

std::string to_bytes(const Report& report) {
  const Json body = std::visit([](const auto& each) { return to_json(each); }, report);
  std::string bytes;
  Json::to_msgpack(Json::array({report.index(), body}), bytes);
  return bytes;
}

Report report_from_bytes(const std::string& bytes) {
  try {
    const Json whole = Json::from_msgpack(bytes);
    const Json& body = whole.at(1);
    switch (whole.at(0).get<std::size_t>()) {
      case 0:
        return read_info(body);
      case 1:
        return read_step(body);
      case 2:
        return read_epoch(body);
      default:
        return read_summary(body);
    }
  } catch (const Json::exception& error) {
    throw Error(std::string("a report of a run cannot be read: ") + error.what());
  }
}

void tell(Observer& observer, const Report& report) {
  struct Teller {
    Observer& observer;
    void operator()(const RunInfo& info) const { observer.on_run_begin(info); }
    void operator()(const StepReport& step) const { observer.on_step(step); }
    void operator()(const EpochReport& epoch) const { observer.on_epoch_end(epoch); }
    void operator()(const RunSummary& summary) const { observer.on_run_end(summary); }
  };
  std::visit(Teller{observer}, report);
}

}  // namespace cellsweep::metrics
