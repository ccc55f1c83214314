#include "sweep/message.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "sweep/run_folder.h"

namespace cellsweep::sweep {
namespace {

using Json = nlohmann::json;

template <class Empty>
Json body_of(const Empty&) {
  return nullptr;
}

Json body_of(const RunReport& message) {
  const std::string report = metrics::to_bytes(message.report);
  return {message.index, Json::binary({report.begin(), report.end()})};
}

Json body_of(const RunEnded& message) {
  const RunOutcome& ending = message.ending;
  return {message.index, ending.status, ending.seconds, ending.reason, ending.is_permanent, ending.epoch};
}

Json body_of(const RunAssignment& job) {
  return {job.index,   job.run.run_id, job.run.parameters, job.run.point,
          job.attempt, job.resumes,    job.epochs_known};
}

Json body_of(const StopRun& message) {
  return {message.index, message.resumes_later};
}

RunReport read_report(const Json& body) {
  const auto& bytes = body.at(1).get_binary();
  return {body.at(0), metrics::report_from_bytes(std::string(bytes.begin(), bytes.end()))};
}

RunEnded read_ending(const Json& body) {
  return {body.at(0),
          {.status = body.at(1),
           .seconds = body.at(2),
           .reason = body.at(3),
           .is_permanent = body.at(4),
           .epoch = body.at(5)}};
}

RunAssignment read_job(const Json& body) {
  auto run_id = body.at(1).get<std::string>();
  check_run_id(run_id);
  return {.index = body.at(0),
          .run = {.run_id = std::move(run_id),
                  .parameters = body.at(2).get<decltype(PlannedRun::parameters)>(),
                  .point = body.at(3)},
          .attempt = body.at(4),
          .resumes = body.at(5),
          .epochs_known = body.at(6)};
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
        return read_ending(body);
      case 3:
        return read_job(body);
      case 4:
        return NoMoreRuns{};
      case 5:
        return StopRun{body.at(0), body.at(1)};
      case 6:
        return StillRunning{};
      case 7:
        return SweepEnded{};
      case 8:
        return NoAnswer{};
      default:
        throw Error("a message of an unknown kind");
    }
  } catch (const Json::exception& error) {
    throw Error(std::string("a message cannot be read: ") + error.what());
  }
}

}  // namespace cellsweep::sweep
