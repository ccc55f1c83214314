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
                                      timeout + before_rank_0_reports,
                                      timeout + before_rank_1_reports,
                                      timeout + before_another_host_reports,
                                      group_silence(timeout),
                                      coordinator_silence(timeout, true),
                                      timeout + before_all_report,
                                      coordinator_silence(timeout, false)};
  EXPECT_TRUE(std::ranges::is_sorted(ladder));
}

// What a user may ask for, from seconds to hours.
class DeadlinesOf : public testing::TestWithParam<double> {};

TEST_P(DeadlinesOf, KnowWhoIsSilentBeforeTheTimeout) {
  EXPECT_LT(heartbeat_silence(GetParam()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Timeouts, DeadlinesOf, testing::Values(1, 2, 5, 20, 300, 7200));

}  // namespace
}  // namespace cellsweep::comm
