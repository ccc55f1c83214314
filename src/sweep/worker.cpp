#include "sweep/worker.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

// How often steps are told of: as often as a person can read them, and a small part of a step's time.
constexpr double seconds_between_steps = 0.1;
// A group that waits for its next run, which may take as long as those of other groups do, hears so often of
// its first rank. In seconds.
constexpr double longest_wait = 2;
// A rank that waits must not take a core from those that train.
constexpr std::chrono::microseconds nap{200};

bool is_for_coordinator(const Message& message) {
  return std::holds_alternative<AskForRun>(message) || std::holds_alternative<RunReport>(message) ||
         std::holds_alternative<RunEnded>(message);
}

}  // namespace

Worker::Worker(comm::Mailbox& mailbox, comm::Communicator* group, double timeout_seconds,
               Coordinator* coordinator, std::string coordinator_host)
    : mailbox_(mailbox),
      group_(group),
      timeout_seconds_(timeout_seconds),
      coordinator_(coordinator),
      coordinator_host_(std::move(coordinator_host)) {}

void Worker::receive() {
  while (const auto arrived = mailbox_.receive()) {
    Message message = message_from_bytes(arrived->text);
    if (is_for_coordinator(message)) {
      coordinator_->take(arrived->sender, message);
      continue;
    }
    silence_ = 0;
    if (auto* job = std::get_if<RunAssignment>(&message)) {
      job_ = std::move(*job);
      // Before the next message, which may want it to be stopped already.
      index_ = job_->index;
      wish_ = Wish::go_on;
    }
    const auto* stop = std::get_if<StopRun>(&message);
    if (stop != nullptr && stop->index == index_)
      wish_ = std::max(wish_, stop->resumes_later ? Wish::interrupt : Wish::prune);
    is_done_ |= std::holds_alternative<NoMoreRuns>(message);
    is_ended_ |= std::holds_alternative<SweepEnded>(message);
  }
  if (coordinator_ != nullptr) return coordinator_->watch();
  // A look that comes much too late means that the process was suspended.
  silence_ += std::min(since_look_.seconds(), timeout_seconds_ / 4);
  since_look_.restart();
  is_orphaned_ |= silence_ > timeout_seconds_;
}

template <class IsOver>
void Worker::wait(IsOver is_over) {
  for (receive(); !is_over() && !is_orphaned_; receive()) std::this_thread::sleep_for(nap);
}

void Worker::throw_orphaned() const {
  throw Error(
      fmt::format("rank 0 on {}, which gives out the runs, has not been heard of for {:g} s, longer than "
                  "parallel.timeout_seconds permits",
                  coordinator_host_, timeout_seconds_));
}

std::optional<RunAssignment> Worker::next() {
  if (group_ == nullptr) return std::nullopt;
  if (group_->rank() == 0) {
    job_.reset();
    silence_ = 0;
    send(AskForRun{});
  }
  for (;;) {
    const Message answer = message_from_bytes(comm::broadcast_text(*group_, to_bytes(wait_for_answer()), 0));
    if (std::holds_alternative<StillRunning>(answer)) continue;
    if (std::holds_alternative<NoAnswer>(answer)) throw_orphaned();
    const RunAssignment* job = std::get_if<RunAssignment>(&answer);
    if (job == nullptr) return std::nullopt;
    index_ = job->index;
    return *job;
  }
}

Message Worker::wait_for_answer() {
  if (group_->rank() != 0) return NoAnswer{};
  const Stopwatch clock;
  wait([&] { return job_ || is_done_ || clock.seconds() > std::min(longest_wait, timeout_seconds_ / 4); });
  if (job_) return *job_;
  if (is_done_) return NoMoreRuns{};
  return is_orphaned_ ? Message(NoAnswer{}) : StillRunning{};
}

void Worker::ended(const RunOutcome& ending) {
  if (group_->rank() == 0) send(RunEnded{index_, ending});
}

void Worker::wait_for_end() {
  silence_ = 0;
  wait([&] { return is_ended_; });
  if (!is_ended_) throw_orphaned();
}

void Worker::report(metrics::Report report) {
  send(RunReport{index_, std::move(report)});
  receive();
}

void Worker::Reporter::on_step(const metrics::StepReport& report) {
  // The first step of an epoch tells that it has begun, and what warming up took.
  if (report.epoch == epoch_ && since_told_.seconds() < seconds_between_steps) return worker_.receive();
  epoch_ = report.epoch;
  since_told_.restart();
  worker_.report(report);
}

// The coordinator is served, and knows that this group lives.
void Worker::Reporter::on_evaluation_batch() {
  worker_.receive();
}

}  // namespace cellsweep::sweep
