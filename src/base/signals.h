// Signals that ask a job to end.
#pragma once

#include <signal.h>

#include <array>
#include <optional>

namespace cellsweep {

// While it lives, SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 do not end this process, but are kept in mind, for
// whoever asks between two steps. A second SIGINT ends it at once, with exit code 130. One at a time.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // The number of the first of them that has arrived; 0: none has. Thread-safe.
  int received() const;

  static constexpr std::array watched{SIGTERM, SIGINT, SIGUSR1, SIGUSR2};

 private:
  std::array<struct sigaction, watched.size()> before_;
};

// "SIGTERM" for 15 and so on.
const char* signal_name(int number);

// While it lives, this thread gets no signals, nor do threads that it makes: a new thread inherits the mask.
// For threads that must not be interrupted.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace cellsweep
