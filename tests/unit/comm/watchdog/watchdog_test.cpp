#include "comm/watchdog/watchdog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "unit/comm/watchdog/rank_statuses.h"

namespace cellsweep::comm {
namespace {

using namespace std::chrono_literals;

TEST(WatchdogDeathTest, EndsTheProcessAndNamesTheOperation) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    Watchdog watchdog("rank 1 of 2 on here", 300);
    watchdog.set_timeout(0.2);
    Watchdog::Group group(watchdog, 7, {1, 2});
    { const Watchdog::Guard guard(watchdog, group, "MPI_Bcast"); }
    const Watchdog::Guard guard(watchdog, group, "MPI_Barrier");
    std::this_thread::sleep_for(30s);
  };
  EXPECT_EXIT(wait_too_long(), testing::ExitedWithCode(1),
              "rank 1 of 2 on here: MPI_Barrier \\(operation 2 of ranks 1, 2\\) has waited 0\\.[2-9] s");
}

TEST(WatchdogDeathTest, Rank0NamesWhoIsMissing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto wait_too_long = [] {
    const std::vector<std::string> hosts = {"a", "b"};
    auto zero = std::make_unique<PeerMonitor>(hosts, reach);
    auto one = std::make_unique<PeerMonitor>(1, hosts, reach, zero->contact());
    Watchdog waiting("rank 0", 1.0), computing("rank 1", 30);
    waiting.set_peer_monitor(std::move(zero));
    computing.set_peer_monitor(std::move(one));
    Watchdog::Group of_waiting(waiting, 7, {0, 1}), of_computing(computing, 7, {0, 1});
    { const Watchdog::Guard guard(computing, of_computing, "MPI_Bcast"); }
    { const Watchdog::Guard guard(waiting, of_waiting, "MPI_Bcast"); }
    computing.set_timeout(1);  // reports at once, and often
    const Watchdog::Guard guard(waiting, of_waiting, "MPI_Barrier");
    std::this_thread::sleep_for(30s);
  };
  EXPECT_EXIT(
      wait_too_long(), testing::ExitedWithCode(1),
      "rank 0 of 2 on a: MPI_Barrier \\(operation 2 of ranks 0, 1\\) has waited .*ending this job\n"
      "  missing: rank 1 on b, which has been computing for [0-9.]+ s since MPI_Bcast \\(operation 1\\)");
}

TEST(Watchdog, GroupsAndGuardsComeAndGoWhileItLooks) {
  const std::vector<std::string> hosts = {"a", "b"};
  auto zero = std::make_unique<PeerMonitor>(hosts, reach);
  auto one = std::make_unique<PeerMonitor>(1, hosts, reach, zero->contact());
  Watchdog watchdog("rank 0", 0.5), other("rank 1", 0.5);
  watchdog.set_peer_monitor(std::move(zero));
  other.set_peer_monitor(std::move(one));
  const auto end = std::chrono::steady_clock::now() + 700ms;
  std::uint64_t made = 0;
  while (std::chrono::steady_clock::now() < end) {
    Watchdog::Group group(watchdog, ++made, {0, 1});
    for (int i = 0; i < 100; ++i) const Watchdog::Guard guard(watchdog, group, "MPI_Allreduce");
    const Watchdog::Guard guard(watchdog, "a step on the GPU");
    EXPECT_EQ(group.operations(), 100);
  }
  EXPECT_GT(made, 1);
}

}  // namespace
}  // namespace cellsweep::comm
