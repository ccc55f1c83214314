#include "base/signals.h"

#include <unistd.h>

#include <atomic>

namespace cellsweep {
namespace {

// A handler has no other way to tell.
std::atomic<int> first_signal = 0;
std::atomic<bool> is_interrupted = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void remember(int number) {
  if (number == SIGINT && is_interrupted.exchange(true)) _exit(128 + SIGINT);
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
}

}  // namespace

SignalWatch::SignalWatch() {
  first_signal = 0;
  is_interrupted = false;
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < watched.size(); ++i) sigaction(watched[i], &action, &before_[i]);
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < watched.size(); ++i) sigaction(watched[i], &before_[i], nullptr);
}

int SignalWatch::received() const {
  return first_signal.load(std::memory_order_relaxed);
}

const char* signal_name(int number) {
  switch (number) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGUSR2:
      return "SIGUSR2";
    default:
      return "a signal";
  }
}

SignalsBlocked::SignalsBlocked() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace cellsweep
