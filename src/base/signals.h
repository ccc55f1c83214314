// Signals that ask a job to end, and those that must not end it.
#pragma once

#include <signal.h>

#include <array>
#include <string>

namespace cellsweep {

// Signals that ask a job to end. SIGHUP comes from a terminal that is closed, SIGXCPU from a limit of time
// (ulimit -t).
inline constexpr std::array ending_signals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGXCPU};

// "SIGTERM" for 15 and so on.
const char* signal_name(int number);

// From now on, if no SignalWatch lives, an ending signal that this process does not ignore ends it at
// once, whatever it waits for, with exit code 128 + n. For all that comes before a training, of which nothing
// needs to be saved. `reports`: with a line on stderr.
void end_at_once_on_signals(bool reports);

// While it lives, ending signals do not end this process, but are kept, for whoever calls received() between
// two steps; SIGHUP and SIGXCPU only if they are not ignored, as under nohup. A second SIGINT ends it at
// once, with exit code 130. One at a time.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // The number of the first of them that has arrived; 0: none has. Thread-safe.
  int received() const;

 private:
  std::array<struct sigaction, ending_signals.size()> before_;
};

// From now on a write that nobody reads (SIGPIPE) or that exceeds the permitted size of a file (SIGXFSZ)
// fails with an error, as any other failing write does, and does not end this process.
void make_writes_fail_with_errors();

// From now on this process ends with exit code 1 and `message` on stderr if memory that it has mapped
// cannot be had: a file system in memory is full, or a file became shorter.
void end_on_bus_error(const std::string& message);

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
