#include "comm/watchdog/watchdog.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/process.h"
#include "base/signals.h"
#include "base/stopwatch.h"
#include "comm/rank_list.h"
#include "comm/shared_memory_space.h"
#include "comm/watchdog/peer_monitor.h"
#include "comm/watchdog/rank_status_table.h"

namespace cellsweep::comm {

namespace {

// Neither stdio's lock, which the hanging thread may hold, nor a pipe that nobody reads may keep the process.
// No pipe that is writable makes so short a text wait.
void say(std::string text) {
  constexpr std::size_t longest = 4096;
  text.resize(std::min(text.size(), longest - 1));
  text += '\n';
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (poll(&error, 1, 1000) <= 0) return;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

// Where a network lets heartbeats through, each rank is heard within a second.
constexpr double seconds_to_be_heard = 10;

// How long the launcher has to end a rank whose job is over.
constexpr double seconds_for_launcher = 3;

// What may be the reason of any wait: Open MPI does not tell that it found no room.
std::string shared_memory_hint() {
  const auto space = shared_memory_space();
  if (space && space->available >= least_for_mpi) return "";
  return "\n  " + shared_memory_text(space, host_name()) +
         ", where MPI's ranks share memory: " + shared_memory_remedy;
}

// A rank that is not heard of for so long is silent.
double silence_seconds(double pause) {
  return 5 * pause + 0.5;
}

}  // namespace

Watchdog::Group::Group(Watchdog& watchdog, std::uint64_t number, const std::vector<int>& members)
    : watchdog_(watchdog), number_(number) {
  std::vector<bool> is_member;
  for (const int rank : members) {
    const auto place = static_cast<std::size_t>(rank);
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

// Until the time is over or something has changed. What other ranks tell meanwhile is taken.
void Watchdog::doze(double seconds, double now) {
  const Stopwatch clock;
  std::array<pollfd, 2> events = {pollfd{wake_descriptor_, POLLIN, 0},
                                  pollfd{peer_monitor_ ? peer_monitor_->descriptor() : -1, POLLIN, 0}};
  for (double left = seconds; left > 0; left = seconds - clock.seconds()) {
    const double rounded_up = left * 1e3 + 1;
    poll(events.data(), events.size(), static_cast<int>(rounded_up));
    if (events[1].revents != 0) peer_monitor_->listen(now);
    eventfd_t changes = 0;
    if (events[0].revents != 0 && eventfd_read(wake_descriptor_, &changes) == 0) return;
  }
}

// What this rank does. The mutex is held.
RankStatus Watchdog::look(double passed) {
  const std::uint64_t sequence = sequence_.load(std::memory_order_acquire);
  seconds_ = sequence == watched_ ? seconds_ + passed : 0;
  watched_ = sequence;
  const Operation& last = operation(sequence);
  const char* const name = last.name.load(std::memory_order_relaxed);
  RankStatus mine{.operation = name == nullptr ? "" : name,
                  .is_waiting = sequence % 2 == 1,
                  .group = last.group.load(std::memory_order_relaxed),
                  .sequence = last.sequence.load(std::memory_order_relaxed),
                  .seconds = seconds_,
                  .members = {}};
  mine.is_overdue = mine.is_waiting && seconds_ >= timeout_seconds_ &&
                    sequence_.load(std::memory_order_acquire) == sequence;
  if (const auto found = members_.find(mine.group); found != members_.end()) mine.members = found->second;
  return mine;
}

// The mutex is held.
void Watchdog::look_at_others(const RankStatus& mine, double now, double pause) {
  peer_monitor_->tell(mine, now, silence_seconds(pause));
  peer_monitor_->listen(now);
  // The launcher is about to end this process, too.
  if (peer_monitor_->has_another_spoken()) {
    ending_since_ = std::min(ending_since_, now);
    if (now - ending_since_ >= seconds_for_launcher) std::_Exit(static_cast<int>(ExitCode::failure));
    return;
  }
  const RankStatusTable& rank_status_table = peer_monitor_->rank_status_table();
  const double delay = rank_status_table.seconds_before_speaking();
  const auto overdue = rank_status_table.overdue();
  if (overdue && (delay == 0 || mine.seconds >= timeout_seconds_ + delay))
    end(rank_status_table.hang_report(*overdue, now, silence_seconds(pause)));
  if (has_warned_ || rank_status_table.rank() != 0 || now < looking_since_ + seconds_to_be_heard) return;
  has_warned_ = true;
  if (const auto unheard = peer_monitor_->unheard(); !unheard.empty())
    say("cellsweep: warning: the network lets no UDP from " + rank_list(unheard) + " to rank 0 on " +
        rank_status_table.hosts().front() +
        ": should this job hang, its last message cannot say where they were");
}

void Watchdog::watch() {
  double now = 0;  // seconds in which this process was not suspended
  Stopwatch since_last_look;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const double pause = std::clamp(timeout_seconds_ / 20, 0.001, 1.0);
    if (new_peer_monitor_) {
      peer_monitor_ = std::move(new_peer_monitor_);
      looking_since_ = now;
    }
    lock.unlock();
    doze(pause, now);
    lock.lock();
    // A pause that took much longer than asked for means that the process was suspended.
    const double passed = std::min(since_last_look.seconds(), 2 * pause);
    since_last_look.restart();
    now += passed;

    const RankStatus mine = look(passed);
    if (peer_monitor_)
      look_at_others(mine, now, pause);
    else if (mine.is_overdue)
      end(who_ + ": " + overdue_text(mine));
  }
}

void Watchdog::end(const std::string& message) {
  if (peer_monitor_) peer_monitor_->tell_end();
  say("cellsweep: " + message + shared_memory_hint());
  std::_Exit(static_cast<int>(ExitCode::failure));
}

}  // namespace cellsweep::comm
