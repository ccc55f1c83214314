#include <gtest/gtest.h>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

TEST(CheckAllReduce, OneRankHasNothingToSum) {
  const auto self = comm::make_self_communicator();
  EXPECT_EQ(check_all_reduce(one_host(*self)).verdict, Verdict::ok);
}

TEST(CheckAllReduce, FastOnesAreRight) {
  comm::SimulatedRanks world(4);
  const CheckResult result = check_all_reduce(one_host(world));
  EXPECT_EQ(result.verdict, Verdict::ok);
  EXPECT_TRUE(result.found.starts_with("8 B ")) << result.found;
  EXPECT_NE(result.found.find("16 MiB "), std::string::npos) << result.found;
}

TEST(CheckAllReduce, SlowOnesOnOneHostAreAWarning) {
  comm::SimulatedRanks world(4);
  world.seconds_of_reduction = 0.002;
  EXPECT_EQ(check_all_reduce(one_host(world)).verdict, Verdict::warning);
  EXPECT_EQ(check_all_reduce(two_hosts(world)).verdict, Verdict::ok) << "a network may be slow";
}

}  // namespace
}  // namespace cellsweep::doctor
