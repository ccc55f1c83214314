#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

// Where the clock of n2 is `seconds` ahead.
CheckResult check(double seconds) {
  comm::SimulatedRanks world(4);
  world.change_gathered = [seconds](std::span<std::byte> all) {
    double readings[4];
    std::memcpy(readings, all.data(), sizeof readings);
    readings[2] += seconds;
    std::memcpy(all.data(), readings, sizeof readings);
  };
  return check_clocks(two_hosts(world));
}

TEST(CheckClocks, OneHostHasOne) {
  comm::SimulatedRanks world(4);
  EXPECT_EQ(check_clocks(one_host(world)).found, "one host, one clock");
}

TEST(CheckClocks, OfHostsMayDifferByASecond) {
  for (const double seconds : {0.0, 0.9, -0.9}) EXPECT_EQ(check(seconds).verdict, Verdict::ok) << seconds;
  for (const double seconds : {1.1, -3.0}) {
    const CheckResult result = check(seconds);
    EXPECT_EQ(result.verdict, Verdict::warning) << seconds;
    EXPECT_TRUE(result.found.starts_with("at most " + std::to_string(std::abs(seconds)).substr(0, 2)))
        << result.found;
    EXPECT_TRUE(result.found.ends_with(" from n1's, on n2, which is " +
                                       std::string(seconds > 0 ? "ahead" : "behind")))
        << result.found;
  }
}

TEST(CheckClocks, SaysNothingOfADirectionThatIsNotCertain) {
  const std::string found = check(0).found;
  EXPECT_TRUE(found.starts_with("at most 0.")) << found;
  EXPECT_EQ(found.find(", which is "), std::string::npos) << found;
}

}  // namespace
}  // namespace cellsweep::doctor
