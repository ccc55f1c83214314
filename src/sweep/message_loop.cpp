#include "sweep/message_loop.h"

#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "base/error.h"
#include "comm/watchdog/deadlines.h"

namespace cellsweep::sweep {
namespace {

// A rank that waits must not take a core from those that train.
constexpr std::chrono::microseconds poll_interval{200};

}  // namespace

MessageLoop::MessageLoop(comm::Mailbox& mailbox, Worker& worker, Coordinator* coordinator,
                         comm::Communicator* group, double timeout_seconds, Clock clock)
    : mailbox_(mailbox),
      worker_(worker),
      coordinator_(coordinator),
      group_(group),
      timeout_seconds_(timeout_seconds),
      clock_(std::move(clock)) {}

double MessageLoop::look() {
  return clock_.look(comm::deadlines::longest_gap_of_polls(timeout_seconds_));
}

void MessageLoop::poll() {
  const double now = look();
  while (const auto arrived = mailbox_.receive()) {
    const Message message = message_from_bytes(arrived->text);
    if (const auto* to_worker = std::get_if<ToWorker>(&message))
      worker_.take(*to_worker, now);
    else if (coordinator_ != nullptr)
      coordinator_->take(arrived->sender, std::get<ToCoordinator>(message), now);
    else
      throw Error("a message for the coordinator of the sweep has come to a rank that has none");
  }
  if (coordinator_ != nullptr) {
    worker_.expect_sign_of_life(now);  // rank 0 is not lost to itself
    coordinator_->watch(now);
  }
  worker_.watch(now);
}

template <class IsOver>
void MessageLoop::wait(IsOver is_over) {
  for (poll(); !is_over() && !worker_.has_lost_coordinator(); poll())
    std::this_thread::sleep_for(poll_interval);
}

std::optional<RunAssignment> MessageLoop::next_run() {
  if (group_ == nullptr) return std::nullopt;
  if (group_->rank() == 0) {
    worker_.expect_sign_of_life(look());
    worker_.ask_for_run();
  }
  for (;;) {
    const Answer answer =
        answer_from_bytes(comm::broadcast_text(*group_, answer_to_bytes(wait_for_answer()), 0));
    if (std::holds_alternative<StillRunning>(answer)) continue;
    if (std::holds_alternative<NoAnswer>(answer)) throw Error(worker_.lost_coordinator_text());
    const auto* assignment = std::get_if<RunAssignment>(&answer);
    if (assignment == nullptr) return std::nullopt;
    return *assignment;
  }
}

Answer MessageLoop::wait_for_answer() {
  if (group_->rank() != 0) return NoAnswer{};
  const double end = clock_.seconds() + comm::deadlines::sign_of_life_interval(timeout_seconds_);
  wait([&] { return worker_.answer() || clock_.seconds() > end; });
  if (const auto answer = worker_.answer()) return *answer;
  return worker_.has_lost_coordinator() ? Answer(NoAnswer{}) : StillRunning{};
}

void MessageLoop::ended(const RunOutcome& outcome) {
  if (group_->rank() == 0) worker_.ended(outcome);
}

void MessageLoop::wait_for_end() {
  worker_.expect_sign_of_life(look());
  wait([&] { return worker_.is_sweep_over(); });
  if (!worker_.is_sweep_over()) throw Error(worker_.lost_coordinator_text());
}

}  // namespace cellsweep::sweep
