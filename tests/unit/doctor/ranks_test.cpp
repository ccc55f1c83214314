#include <gtest/gtest.h>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

CheckResult check(std::optional<int> expected) {
  comm::SimulatedRanks world(4);
  world.answer_texts({"8", "64", "64"});
  return check_ranks(two_hosts(world), expected);
}

TEST(CheckRanks, CountsRanksAndCoresOfEachHost) {
  const CheckResult result = check({});
  EXPECT_EQ(result.verdict, Verdict::ok);
  EXPECT_TRUE(result.found.starts_with("4 rank(s) on 2 host(s); n1: 2 rank(s), ")) << result.found;
  EXPECT_TRUE(result.found.ends_with(", n2: 2 rank(s), 64 core(s)")) << result.found;
}

TEST(CheckRanks, AreAsManyAsExpected) {
  EXPECT_EQ(check(4).verdict, Verdict::ok);
  const CheckResult result = check(8);
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_TRUE(result.found.ends_with("but --expect-ranks is 8")) << result.found;
  EXPECT_NE(result.fix, "");
}

}  // namespace
}  // namespace cellsweep::doctor
