#include "base/signals.h"

#include <unistd.h>

#include <atomic>
#include <cstring>

namespace cellsweep {
namespace {

// A handler has no other way to know or to report.
std::atomic<int> first_signal = 0;
std::atomic<bool> is_interrupted = false;
std::atomic<bool> reports_end = false;
std::array<char, 1024> bus_error_message{};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// What a handler may call: no function that takes a lock or memory.
void say(const char* text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

void remember(int number) {
  if (number == SIGINT && is_interrupted.exchange(true)) _exit(128 + SIGINT);
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
}

void end_at_once(int number) {
  if (reports_end) {
    say("cellsweep: ended by ");
    say(signal_name(number));
    say("\n");
  }
  _exit(128 + number);
}

void end_with_message(int number, siginfo_t* info, void*) {
  // An address that is not aligned is a fault of the program: the instruction is met again, and ends it.
  if (info->si_code == BUS_ADRALN) {
    signal(number, SIG_DFL);
    return;
  }
  say(bus_error_message.data());
  _exit(1);
}

bool is_ignored(int number) {
  struct sigaction now {};
  return sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

struct sigaction calls(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  return action;
}

}  // namespace

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
    case SIGHUP:
      return "SIGHUP";
    case SIGXCPU:
      return "SIGXCPU";
    default:
      return "a signal";
  }
}

void end_at_once_on_signals(bool reports) {
  reports_end = reports;
  const struct sigaction action = calls(end_at_once);
  for (const int number : ending_signals)
    if (!is_ignored(number)) sigaction(number, &action, nullptr);
}

SignalWatch::SignalWatch() {
  first_signal = 0;
  is_interrupted = false;
  const struct sigaction action = calls(remember);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    const int number = ending_signals[i];
    sigaction(number, nullptr, &before_[i]);
    // The others are a launcher's: a shell that starts a job in the background has it ignore SIGINT.
    const bool is_of_the_session = number == SIGHUP || number == SIGXCPU;
    if (!is_of_the_session || !is_ignored(number)) sigaction(number, &action, nullptr);
  }
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < ending_signals.size(); ++i) sigaction(ending_signals[i], &before_[i], nullptr);
}

int SignalWatch::received() const {
  return first_signal.load(std::memory_order_relaxed);
}

void make_writes_fail_with_errors() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void end_on_bus_error(const std::string& message) {
  message.copy(bus_error_message.data(), bus_error_message.size() - 1);
  struct sigaction action {};
  action.sa_sigaction = end_with_message;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

SignalsBlocked::SignalsBlocked() {
  sigset_t all;
  sigfillset(&all);
  // What a thread does itself cannot wait.
  for (const int number : {SIGBUS, SIGSEGV, SIGFPE, SIGILL}) sigdelset(&all, number);
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace cellsweep
