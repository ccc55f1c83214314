#include "sweep/message.h"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/const_or_not.h"
#include "base/error.h"
#include "base/record_json.h"
#include "sweep/run_fields.h"
#include "sweep/run_folder.h"

namespace cellsweep::sweep {

template <ConstOrNot<RunEnded> Ended, class Visit>
void for_each_field(Ended& message, Visit visit) {
  visit("index", message.index);
  for_each_field(message.outcome, visit);
}

template <ConstOrNot<RunAssignment> Assignment, class Visit>
void for_each_field(Assignment& message, Visit visit) {
  visit("index", message.index);
  for_each_field(message.run, visit);
  visit("attempt", message.attempt);
  visit("resumes", message.resumes);
  visit("epochs_known", message.epochs_known);
}

template <ConstOrNot<StopRun> Stop, class Visit>
void for_each_field(Stop& message, Visit visit) {
  visit("index", message.index);
  visit("resumes_later", message.resumes_later);
}

namespace {

using Json = nlohmann::json;

Json body_of(const RunReport& message) {
  const std::string report = metrics::to_bytes(message.report);
  return {message.index, Json::binary({report.begin(), report.end()})};
}

// What says all by its kind has no fields.
template <class Record>
Json body_of(const Record& record) {
  if constexpr (std::is_empty_v<Record>)
    return nullptr;
  else
    return fields_to_json(record);
}

RunReport read_report(const Json& body) {
  const auto& bytes = body.at(1).get_binary();
  return {body.at(0), metrics::report_from_bytes(std::string(bytes.begin(), bytes.end()))};
}

RunAssignment read_assignment(const Json& body) {
  auto assignment = fields_from_json<RunAssignment>(body);
  check_run_id(assignment.run.run_id);
  return assignment;
}

}  // namespace

std::string to_bytes(const Message& message) {
  const Json body = std::visit([](const auto& each) { return body_of(each); }, message);
  std::string bytes;
  Json::to_msgpack(Json::array({message.index(), body}), bytes);
  return bytes;
}

Message message_from_bytes(const std::string& bytes) {
  try {
    const Json whole = Json::from_msgpack(bytes);
    const Json& body = whole.at(1);
    switch (whole.at(0).get<std::size_t>()) {
      case 0:
        return AskForRun{};
      case 1:
        return read_report(body);
      case 2:
        return fields_from_json<RunEnded>(body);
      case 3:
        return read_assignment(body);
      case 4:
        return NoMoreRuns{};
      case 5:
        return fields_from_json<StopRun>(body);
      case 6:
        return StillRunning{};
      case 7:
        return SweepEnded{};
      case 8:
        return NoAnswer{};
      case 9:
        return StillTraining{};
      default:
        throw Error("a message of an unknown kind");
    }
  } catch (const Json::exception& error) {
    throw Error(std::string("a message cannot be read: ") + error.what());
  }
}

}  // namespace cellsweep::sweep
