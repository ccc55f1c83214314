#include "job/idle_cores.h"

#include <gtest/gtest.h>

#include "unit/comm/simulated_ranks.h"

namespace cellsweep::job {
namespace {

TEST(IdleCores, AreReportedWithWhatWouldUseThem) {
  EXPECT_EQ(idle_text({.name = "vm", .ranks = 1, .cores = 2, .busy = 1}),
            "1 of 2 cores of vm is idle: start 2 ranks there, or set parallel.threads: 2");
  EXPECT_EQ(idle_text({.name = "vm", .ranks = 2, .cores = 16, .busy = 2}),
            "14 of 16 cores of vm are idle: start 16 ranks there, or set parallel.threads: 8");
}

TEST(IdleCores, ThreadsAreNoRemedyIfTheyWouldLeaveAsManyIdle) {
  EXPECT_EQ(idle_text({.name = "vm", .ranks = 3, .cores = 4, .busy = 3}),
            "1 of 4 cores of vm is idle: start 4 ranks there");
}

TEST(IdleCores, NoneIsNoText) {
  EXPECT_EQ(idle_text({.name = "vm", .ranks = 2, .cores = 2, .busy = 2}), "");
  EXPECT_EQ(idle_text({.name = "vm", .ranks = 4, .cores = 2, .busy = 4}), "");
}

TEST(IdleCores, OfAllHostsAreOneText) {
  comm::SimulatedRanks world(4);
  world.answer_texts({"2 of 4 cores of n2 are idle", "", "1 of 2 cores of n3 is idle"});
  constexpr int more_than_cores = 1 << 20;
  EXPECT_EQ(idle_cores(world, more_than_cores), "2 of 4 cores of n2 are idle; 1 of 2 cores of n3 is idle");
}

}  // namespace
}  // namespace cellsweep::job
