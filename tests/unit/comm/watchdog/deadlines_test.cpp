#include "comm/watchdog/deadlines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace cellsweep::comm {
namespace {

using namespace deadlines;

TEST(Deadlines, PassInTheOrderInWhichTheyAreWritten) {
  constexpr double timeout = 300;
  const std::vector<double> ladder = {look_interval(timeout),
                                      longest_gap_of_looks(timeout),
                                      sign_of_life_interval(timeout),
                                      heartbeat_silence(timeout),
                                      first_heartbeat,
                                      longest_gap_of_polls(timeout),
                                      timeout + before_rank_0_speaks,
                                      timeout + before_rank_1_speaks,
                                      timeout + before_another_host_speaks,
                                      group_silence(timeout),
                                      coordinator_silence(timeout, true),
                                      timeout + before_all_speak,
                                      coordinator_silence(timeout, false)};
  EXPECT_TRUE(std::ranges::is_sorted(ladder));
}

// What a user may ask for, from seconds to hours.
class DeadlinesOf : public testing::TestWithParam<double> {};

TEST_P(DeadlinesOf, KnowWhoIsSilentBeforeTheTimeout) {
  EXPECT_LT(heartbeat_silence(GetParam()), GetParam());
  EXPECT_GE(heartbeat_silence(GetParam()), 5 * look_interval(GetParam()));
}

TEST_P(DeadlinesOf, HaveSeveralSignsOfLifeBeforeTheTimeout) {
  EXPECT_LE(4 * sign_of_life_interval(GetParam()), GetParam());
}

// A rank that the watchdogs can name is not first named by its group.
TEST_P(DeadlinesOf, LetTheWatchdogsOfTheSameHostSpeakFirst) {
  EXPECT_GT(group_silence(GetParam()), GetParam() + before_rank_1_speaks);
  EXPECT_GT(coordinator_silence(GetParam(), true), GetParam() + before_rank_1_speaks);
}

TEST_P(DeadlinesOf, AreOverSoonAfterTheTimeout) {
  const double end = GetParam() + everything_is_over;
  const double look = longest_gap_of_looks(std::min(GetParam(), 20.0));
  EXPECT_LE(GetParam() + before_another_host_speaks + after_another_spoke, end);
  EXPECT_LE(GetParam() + before_all_speak + look / 2 + longest_write / 2, end);
  EXPECT_LE(coordinator_silence(GetParam(), false) + longest_abort, end);
}

TEST_P(DeadlinesOf, LetTheDoctorSpeakFirst) {
  EXPECT_LT(shared_file(GetParam()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Timeouts, DeadlinesOf, testing::Values(1, 2, 5, 20, 300, 7200));

}  // namespace
}  // namespace cellsweep::comm
