// What the ranks of a group report to each other about their time.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "comm/timed_communicator.h"
#include "parallel/world.h"
#include "train/rank_times.h"

namespace cellsweep::train {
namespace {

StepFacts step_of(double seconds) {
  return {.gather = seconds,
          .forward = 10 * seconds,
          .backward = 20 * seconds,
          .all_reduce = 100 * seconds,
          .update = 30 * seconds,
          .statistics = 2};
}

TEST(RankTimes, GathersEveryRanksSumsInRankOrder) {
  const int me = world().rank();
  RankTimes times(world());
  times.add(step_of(me + 1));
  times.add(step_of(me + 1));
  const auto ranks = times.gather();
  ASSERT_EQ(ranks.size(), world().size());
  for (int rank = 0; rank < world().size(); ++rank) {
    const auto& of_rank = ranks[rank];
    EXPECT_EQ(of_rank.data_seconds, 2 * (rank + 1));
    EXPECT_EQ(of_rank.compute_seconds, 120 * (rank + 1) - 4)
        << "without the wait within forward and backward";
    EXPECT_EQ(of_rank.all_reduce_seconds, 200 * (rank + 1) + 4);
    EXPECT_GT(of_rank.resident_memory_bytes, 1e6);
  }
  EXPECT_FALSE(times.is_due());
}

TEST(TimedCommunicator, CountsTheWaitForASlowerRank) {
  comm::TimedCommunicator timed(world());
  const int slow = world().size() - 1;
  constexpr std::chrono::milliseconds nap{100};
  world().barrier();
  if (world().rank() == slow) std::this_thread::sleep_for(nap);
  double value = 1;
  timed.all_reduce(std::span(&value, 1), comm::Reduction::sum);
  EXPECT_EQ(value, world().size());
  if (world().rank() != slow) {
    EXPECT_GT(timed.seconds(), 0.05);
  }
  const double before = timed.seconds();
  timed.barrier();
  EXPECT_EQ(timed.seconds(), before) << "reductions alone";
}

}  // namespace
}  // namespace cellsweep::train
