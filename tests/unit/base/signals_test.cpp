#include "base/signals.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

namespace cellsweep {
namespace {

TEST(SignalWatch, KeepsTheFirstSignalInMind) {
  for (const int number : ending_signals) {
    const SignalWatch watch;
    EXPECT_EQ(watch.received(), 0);
    raise(number);
    raise(SIGTERM);
    EXPECT_EQ(watch.received(), number) << signal_name(number);
  }
}

TEST(SignalWatch, ASecondInterruptEndsAtOnce) {
  EXPECT_EXIT(
      {
        const SignalWatch watch;
        raise(SIGINT);
        raise(SIGTERM);
        if (watch.received() != SIGINT) _exit(1);
        raise(SIGINT);
        _exit(2);
      },
      testing::ExitedWithCode(130), "");
}

TEST(SignalWatch, LeavesAsItFound) {
  std::signal(SIGUSR1, SIG_IGN);
  { const SignalWatch watch; }
  EXPECT_EQ(std::signal(SIGUSR1, SIG_DFL), SIG_IGN);
}

TEST(SignalWatch, WhatIsIgnoredOfTheSessionStaysIgnored) {
  for (const int number : {SIGHUP, SIGXCPU}) {
    std::signal(number, SIG_IGN);
    {
      const SignalWatch watch;
      raise(number);
      EXPECT_EQ(watch.received(), 0) << signal_name(number);
    }
    EXPECT_EQ(std::signal(number, SIG_DFL), SIG_IGN);
  }
}

TEST(EndAtOnceOnSignals, GivesTheSignalsExitCode) {
  for (const int number : ending_signals)
    EXPECT_EXIT(
        {
          end_at_once_on_signals(true);
          { const SignalWatch watch; }
          raise(number);
          _exit(1);
        },
        testing::ExitedWithCode(128 + number), signal_name(number));
}

TEST(EndAtOnceOnSignals, WaitsForNoSystemCall) {
  EXPECT_EXIT(
      {
        int ends[2];
        if (pipe(ends) != 0) _exit(1);
        end_at_once_on_signals(false);
        std::thread([waiting = pthread_self()] {
          std::this_thread::sleep_for(std::chrono::milliseconds(200));
          pthread_kill(waiting, SIGTERM);
        }).detach();
        char nothing = 0;
        _exit(read(ends[0], &nothing, 1) == 1 ? 1 : 2);  // nobody writes
      },
      testing::ExitedWithCode(128 + SIGTERM), "^$");
}

TEST(EndAtOnceOnSignals, LeavesWhatIsIgnored) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        end_at_once_on_signals(true);
        raise(SIGHUP);
        _exit(7);
      },
      testing::ExitedWithCode(7), "^$");
}

TEST(Writes, FailWithErrors) {
  EXPECT_EXIT(
      {
        make_writes_fail_with_errors();
        int ends[2];
        if (pipe(ends) != 0 || close(ends[0]) != 0) _exit(1);
        if (write(ends[1], "x", 1) != -1 || errno != EPIPE) _exit(2);
        std::FILE* const file = std::tmpfile();
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = 1;
        if (file == nullptr || setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(3);
        if (write(fileno(file), "xy", 2) != 1) _exit(4);
        if (write(fileno(file), "z", 1) != -1 || errno != EFBIG) _exit(5);
        _exit(7);
      },
      testing::ExitedWithCode(7), "");
}

// The second page of a mapped file, which is taken away from the file.
volatile char* half_a_mapping() {
  std::FILE* const file = std::tmpfile();
  const long page = sysconf(_SC_PAGESIZE);
  if (file == nullptr || ftruncate(fileno(file), 2 * page) != 0) return nullptr;
  void* const base = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
  if (base == MAP_FAILED || ftruncate(fileno(file), page) != 0) return nullptr;
  return static_cast<volatile char*>(base) + page;
}

TEST(BusError, IsAMessage) {
  EXPECT_EXIT(
      {
        volatile char* const lost = half_a_mapping();
        end_on_bus_error("shared memory is gone\n");
        if (lost != nullptr) *lost = 1;
        _exit(2);
      },
      testing::ExitedWithCode(1), "^shared memory is gone\n$");
}

TEST(BusError, IsAMessageInThreadsWithoutSignalsToo) {
  EXPECT_EXIT(
      {
        volatile char* const lost = half_a_mapping();
        end_on_bus_error("shared memory is gone\n");
        const SignalsBlocked blocked;
        if (lost != nullptr) std::thread([lost] { *lost = 1; }).join();
        _exit(2);
      },
      testing::ExitedWithCode(1), "^shared memory is gone\n$");
}

TEST(SignalsBlocked, AreInheritedByThreads) {
  sigset_t mask;
  {
    const SignalsBlocked blocked;
    std::thread([&] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); }).join();
  }
  EXPECT_EQ(sigismember(&mask, SIGTERM), 1);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

}  // namespace
}  // namespace cellsweep
