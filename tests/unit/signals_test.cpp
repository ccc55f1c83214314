#include "base/signals.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace cellsweep {
namespace {

TEST(SignalWatch, KeepsTheFirstSignalInMind) {
  for (const int number : SignalWatch::watched) {
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
