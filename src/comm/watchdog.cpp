#include "comm/watchdog.h"

#include <signal.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/stopwatch.h"

namespace cellsweep::comm {

namespace {

// Only the main thread shall get this process' signals: a new thread inherits a mask that blocks all.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

Watchdog::Guard::Guard(Watchdog& watchdog, const char* operation) : watchdog_(watchdog) {
  assert(watchdog_.sequence_.load(std::memory_order_relaxed) % 2 == 0);
  watchdog_.operation_.store(operation, std::memory_order_relaxed);
  watchdog_.sequence_.fetch_add(1, std::memory_order_release);
}

Watchdog::Guard::~Guard() {
  watchdog_.sequence_.fetch_add(1, std::memory_order_release);
}

Watchdog::Watchdog(std::string who, double timeout_seconds)
    : who_(std::move(who)), timeout_seconds_(timeout_seconds) {
  assert(timeout_seconds > 0);
  const AllSignalsBlocked blocked;
  thread_ = std::thread(&Watchdog::watch, this);
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
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
  changed_.notify_one();
}

void Watchdog::watch() {
  std::uint64_t watched = 0;
  double waited = 0;
  Stopwatch since_last_look;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const double pause = std::clamp(timeout_seconds_ / 20, 0.001, 1.0);
    changed_.wait_for(lock, std::chrono::duration<double>(pause));
    // A pause that took much longer than asked for means that the process was suspended.
    const double passed = std::min(since_last_look.seconds(), 2 * pause);
    since_last_look.restart();

    const std::uint64_t sequence = sequence_.load(std::memory_order_acquire);
    if (sequence % 2 == 0 || sequence != watched) {
      watched = sequence;
      waited = 0;
      continue;
    }
    waited += passed;
    const char* operation = operation_.load(std::memory_order_relaxed);
    if (waited < timeout_seconds_ || sequence_.load(std::memory_order_acquire) != sequence) continue;
    std::fprintf(stderr,
                 "cellsweep: %s: %s (operation %llu) has waited %.1f s for other ranks, longer than "
                 "parallel.timeout_seconds permits; ending this job\n",
                 who_.c_str(), operation, static_cast<unsigned long long>((sequence + 1) / 2), waited);
    std::_Exit(static_cast<int>(ExitCode::failure));
  }
}

}  // namespace cellsweep::comm
