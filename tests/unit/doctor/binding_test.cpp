// Whether each rank has a core: rank 0's cores are those of this process, the others' are given.
#include <gtest/gtest.h>
#include <spdlog/fmt/ranges.h>

#include <string>
#include <vector>

#include "base/cores.h"
#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

// As many ranks on one host as `others` and this one; `others` are the cores that each other rank may run on.
CheckResult check(std::vector<std::string> others, const std::string& host_has = "64") {
  comm::SimulatedRanks world(static_cast<int>(others.size()) + 1);
  const std::size_t count = others.size();
  world.answer_texts(std::move(others));
  world.answer_texts(std::vector<std::string>(count, host_has));
  return check_binding(one_host(world), {.threads = 1 << 20});
}

std::string mine() {
  return fmt::format("{}", fmt::join(available_core_numbers(), ","));
}

TEST(CheckBinding, RanksOnCoresOfTheirOwnHaveRoom) {
  const std::string found = check({"900", "901,902"}).found;
  // A control group may leave this process less time than three cores'.
  if (found.find("where a control group leaves them") == std::string::npos) {
    EXPECT_TRUE(found.starts_with("n1: 3 rank(s) on ")) << found;
    EXPECT_FALSE(found.ends_with("not bound")) << found;
  }
}

TEST(CheckBinding, MoreRanksThanCoresIsAWarningThatNamesThem) {
  const CheckResult result = check({"900,901", "900", "900,901"});
  EXPECT_EQ(result.verdict, Verdict::warning);
  EXPECT_EQ(result.found, "3 ranks on 2 core(s) of n1: ranks 1, 2, 3 share core(s) 900, 901");
  EXPECT_NE(check({"900", "900"}).found.find("ranks 1, 2 share core(s) 900"), std::string::npos);
}

TEST(CheckBinding, RanksThatAreNotBoundShareAllCores) {
  const std::size_t cores = available_core_numbers().size();
  EXPECT_NE(check(std::vector<std::string>(cores, mine())).found.find("share core(s)"), std::string::npos);
}

// No two ranks have the same pair of cores, but all of them together have too few.
TEST(CheckBinding, RanksWhoseCoresOverlapMayHaveTooFewTogether) {
  const int more = 3 + available_cores();
  std::vector<std::string> pairs;
  for (int core = 0; core < more; ++core)
    for (int other = core + 1; other < more; ++other)
      pairs.push_back(fmt::format("{},{}", 900 + core, 900 + other));
  const std::size_t ranks = pairs.size() + 1;
  const CheckResult result = check(std::move(pairs));
  EXPECT_TRUE(result.found.starts_with(
      fmt::format("{} ranks on {} core(s) of n1: ", ranks, more + available_cores())))
      << result.found;
}

}  // namespace
}  // namespace cellsweep::doctor
