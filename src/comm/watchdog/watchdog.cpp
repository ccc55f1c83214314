#include "comm/watchdog/watchdog.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/process.h"
#include "base/signals.h"
#include "base/stopwatch.h"
#include "comm/shared_memory_space.h"
#include "comm/watchdog/deadlines.h"
#include "comm/watchdog/peer_monitor.h"

namespace cellsweep::comm {

namespace {

// Neither stdio's lock, which the hanging thread may hold, nor a pipe that nobody reads may keep the process.
// No pipe that is writable makes so short a text wait.
void say(std::string text) {
  constexpr std::size_t longest = 4096;
  text.resize(std::min(text.size(), longest - 1));
  text += '\n';
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (poll(&error, 1, static_cast<int>(1e3 * deadlines::longest_write)) <= 0) return;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

// It may be the reason of any wait: Open MPI does not say that it found no room.
std::string shared_memory_hint() {
  const auto space = shared_memory_space();
  if (space && space->available >= least_for_mpi) return "";
  return "\n  " + shared_memory_text(space, host_name()) +
         ", where MPI's ranks share memory: " + shared_memory_remedy;
}

}  // namespace

Watchdog::Group::Group(Watchdog& watchdog, std::uint64_t number, const std::vector<int>& members)
    : watchdog_(watchdog), number_(number) {
  std::vector<bool> is_member;
  for (const int rank : members) {
    const std::size_t place = rank;
    if (place >= is_member.size()) is_member.resize(place + 1);
    is_member[place] = true;
  }
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.members_[number] = std::move(is_member);
}

Watchdog::Group::~Group() {
  const std::lock_guard lock(watchdog_.mutex_);
  watchdog_.members_.erase(number_);
}

Watchdog::Guard::Guard(Watchdog& watchdog, Group& group, const char* operation) : watchdog_(watchdog) {
  watchdog_.begin(operation, group.number_, ++group.operations_);
}

Watchdog::Guard::Guard(Watchdog& watchdog, const char* operation) : watchdog_(watchdog) {
  const Operation& before = watchdog_.operation(watchdog_.sequence_.load(std::memory_order_relaxed));
  watchdog_.begin(operation, before.group.load(std::memory_order_relaxed),
                  before.sequence.load(std::memory_order_relaxed));
}

Watchdog::Guard::~Guard() {
  const std::uint64_t sequence = watchdog_.sequence_.load(std::memory_order_relaxed);
  watchdog_.sequence_.store(sequence + 1, std::memory_order_release);
}

void Watchdog::begin(const char* name, std::uint64_t group, std::uint64_t sequence) {
  const std::uint64_t next = sequence_.load(std::memory_order_relaxed) + 1;
  assert(next % 2 == 1);
  Operation& mine = operation(next);
  mine.name.store(name, std::memory_order_relaxed);
  mine.group.store(group, std::memory_order_relaxed);
  mine.sequence.store(sequence, std::memory_order_relaxed);
  sequence_.store(next, std::memory_order_release);
}

Watchdog::Watchdog(std::string who, double timeout_seconds)
    : who_(std::move(who)),
      timeout_seconds_(timeout_seconds),
      wake_descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  assert(timeout_seconds > 0);
  if (wake_descriptor_ < 0) throw Error("eventfd failed: no file descriptor is left");
  const SignalsBlocked blocked;  // only the main thread shall get this process' signals
  thread_ = std::thread(&Watchdog::watch, this);
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
  close(wake_descriptor_);
}

void Watchdog::set_who(std::string who) {
  const std::lock_guard lock(mutex_);
  who_ = std::move(who);
}

void Watchdog::set_timeout(double seconds) {
  assert(seconds > 0);
  {
    const std::lock_guard lock(mutex_);
    timeout_seconds_ = seconds;
  }
  wake();
}

void Watchdog::set_peer_monitor(std::unique_ptr<PeerMonitor> peer_monitor) {
  {
    const std::lock_guard lock(mutex_);
    new_peer_monitor_ = std::move(peer_monitor);
  }
  wake();
}

void Watchdog::wake() {
  eventfd_write(wake_descriptor_, 1);
}

// Waits until the time is over or something has changed. Receives what other ranks report meanwhile.
void Watchdog::wait_for_change(double seconds, double now) {
  const Stopwatch clock;
  std::array<pollfd, 2> events = {pollfd{wake_descriptor_, POLLIN, 0},
                                  pollfd{peer_monitor_ ? peer_monitor_->descriptor() : -1, POLLIN, 0}};
  for (double left = seconds; left > 0; left = seconds - clock.seconds()) {
    const double rounded_up = left * 1e3 + 1;
    poll(events.data(), events.size(), static_cast<int>(rounded_up));
    if (events[1].revents != 0) peer_monitor_->receive(now);
    eventfd_t changes = 0;
    if (events[0].revents != 0 && eventfd_read(wake_descriptor_, &changes) == 0) return;
  }
}

// What this rank does. The mutex is held.
RankStatus Watchdog::status(double now) {
  const std::uint64_t sequence = sequence_.load(std::memory_order_acquire);
  const double seconds = detector_.seconds_at(sequence, now);
  const Operation& last = operation(sequence);
  const char* const name = last.name.load(std::memory_order_relaxed);
  RankStatus mine{.operation = name == nullptr ? "" : name,
                  .is_waiting = sequence % 2 == 1,
                  .group = last.group.load(std::memory_order_relaxed),
                  .sequence = last.sequence.load(std::memory_order_relaxed),
                  .seconds = seconds,
                  .members = {}};
  mine.is_overdue =
      mine.is_waiting && seconds >= timeout_seconds_ && sequence_.load(std::memory_order_acquire) == sequence;
  if (const auto found = members_.find(mine.group); found != members_.end()) mine.members = found->second;
  return mine;
}

// The mutex is held.
HangDecision Watchdog::look(double now) {
  const RankStatus mine = status(now);
  if (!peer_monitor_) return detector_.decide_alone(mine, who_);
  peer_monitor_->report(mine, now, deadlines::heartbeat_silence(timeout_seconds_));
  peer_monitor_->receive(now);
  return detector_.decide(mine, peer_monitor_->rank_status_table(), peer_monitor_->is_job_ending(),
                          timeout_seconds_, now);
}

void Watchdog::act(const HangDecision& decision) {
  using enum HangDecision::Action;
  if (decision.action == none) return;
  if (decision.action == warn) return say("cellsweep: " + decision.text);
  if (decision.action == end_job) {
    if (peer_monitor_) peer_monitor_->report_end();
    say("cellsweep: " + decision.text + shared_memory_hint());
  }
  std::_Exit(static_cast<int>(ExitCode::failure));
}

void Watchdog::watch() {
  RunningClock clock;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const double pause = deadlines::look_interval(timeout_seconds_);
    const double longest_gap = deadlines::longest_gap_of_looks(timeout_seconds_);
    if (new_peer_monitor_) {
      peer_monitor_ = std::move(new_peer_monitor_);
      detector_.begin_to_monitor(clock.seconds());
    }
    lock.unlock();
    wait_for_change(pause, clock.seconds());
    lock.lock();
    act(look(clock.look(longest_gap)));
  }
}

}  // namespace cellsweep::comm
