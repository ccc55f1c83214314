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

template <class... Kinds>
Json body_of(const std::variant<Kinds...>& message) {
  return alternative_to_json(message, [](const auto& each) { return body_of(each); });
}

void read_body(const Json& body, RunReport& message) {
  const auto& bytes = body.at(1).get_binary();
  message = {body.at(0), metrics::report_from_bytes(std::string(bytes.begin(), bytes.end()))};
}

void read_body(const Json& body, RunAssignment& message) {
  message = fields_from_json<RunAssignment>(body);
  check_run_id(message.run.run_id);
}

template <class Record>
void read_body(const Json& body, Record& record) {
  if constexpr (!std::is_empty_v<Record>) record = fields_from_json<Record>(body);
}

template <class... Kinds>
void read_body(const Json& body, std::variant<Kinds...>& message) {
  message = alternative_from_json<std::variant<Kinds...>>(
      body, "a message", [](const Json& inner, auto& each) { read_body(inner, each); });
}

template <class Variant>
std::string bytes_of(const Variant& message) {
  std::string bytes;
  Json::to_msgpack(body_of(message), bytes);
  return bytes;
}

template <class Variant>
Variant from_bytes(const std::string& bytes) {
  try {
    Variant message;
    read_body(Json::from_msgpack(bytes), message);
    return message;
  } catch (const Json::exception& error) {
    throw Error(std::string("a message cannot be read: ") + error.what());
  }
}

}  // namespace

std::string to_bytes(const Message& message) {
  return bytes_of(message);
}

Message message_from_bytes(const std::string& bytes) {
  return from_bytes<Message>(bytes);
}

std::string answer_to_bytes(const Answer& answer) {
  return bytes_of(answer);
}

Answer answer_from_bytes(const std::string& bytes) {
  return from_bytes<Answer>(bytes);
}

}  // namespace cellsweep::sweep
