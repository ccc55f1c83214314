#include "sweep/worker.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "comm/watchdog/deadlines.h"

namespace cellsweep::sweep {
namespace {

// As often as a person can read them, and a small part of a step's time.
constexpr double seconds_between_steps = 0.1;

}  // namespace

Worker::Worker(comm::Mailbox& mailbox, double timeout_seconds, bool reports_first,
               std::string coordinator_host)
    : mailbox_(mailbox),
      patience_(comm::deadlines::coordinator_silence(timeout_seconds, reports_first)),
      sign_of_life_interval_(comm::deadlines::sign_of_life_interval(timeout_seconds)),
      coordinator_host_(std::move(coordinator_host)) {}

void Worker::send(const ToCoordinator& message) {
  sent_at_ = now_;
  mailbox_.send(0, to_bytes(message));
}

void Worker::ask_for_run() {
  answer_.reset();
  send(AskForRun{});
}

void Worker::ended(const RunOutcome& outcome) {
  is_training_ = false;
  send(RunEnded{index_, outcome});
}

void Worker::take(const ToWorker& message, double now) {
  now_ = last_message_at_ = now;
  if (const auto* assignment = std::get_if<RunAssignment>(&message)) {
    answer_ = *assignment;
    // Before the next message, which may already ask to stop it.
    index_ = assignment->index;
    is_training_ = true;
    stop_request_ = StopRequest::none;
  }
  const auto* stop = std::get_if<StopRun>(&message);
  if (stop != nullptr && stop->index == index_)
    stop_request_ =
        std::max(stop_request_, stop->resumes_later ? StopRequest::interrupt : StopRequest::prune);
  if (std::holds_alternative<NoMoreRuns>(message)) answer_ = NoMoreRuns{};
  is_sweep_over_ |= std::holds_alternative<SweepEnded>(message);
}

void Worker::watch(double now) {
  now_ = now;
  has_lost_coordinator_ |= now - last_message_at_ > patience_;
  if (is_training_ && now - sent_at_ >= sign_of_life_interval_) send(StillTraining{});
}

std::string Worker::lost_coordinator_text() const {
  return fmt::format(
      "rank 0 on {}, which assigns the runs, has sent nothing for {:g} s, longer than "
      "parallel.timeout_seconds permits",
      coordinator_host_, patience_);
}

void Worker::report(metrics::Report report) {
  send(RunReport{index_, std::move(report)});
}

void Worker::Reporter::on_step(const metrics::StepReport& report) {
  // The first step of an epoch shows that it has begun, and what warming up took.
  if (report.epoch == epoch_ && since_reported_.seconds() < seconds_between_steps) return;
  epoch_ = report.epoch;
  since_reported_.restart();
  worker_.report(report);
}

}  // namespace cellsweep::sweep
