#include <gtest/gtest.h>

#include <string>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

// What the first rank of n2 says of its host.
CheckResult check(const std::string& other) {
  comm::SimulatedRanks world(4);
  world.answer_texts({"", other, ""});
  config::Config config;
  config.data.shared = false;
  return check_shared_memory(two_hosts(world), config);
}

TEST(CheckSharedMemory, OneRankNeedsNone) {
  const auto self = comm::make_self_communicator();
  EXPECT_EQ(check_shared_memory(one_host(*self), {}).found, "one rank shares none");
}

TEST(CheckSharedMemory, TheWorstHostCounts) {
  EXPECT_EQ(check("warning /dev/shm on n2 has 3 of 64 MB free").verdict, Verdict::warning);
  const CheckResult result = check("error /dev/shm on n2 cannot be written");
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_TRUE(result.found.starts_with("/dev/shm on n1 ")) << result.found;
  EXPECT_TRUE(result.found.ends_with("; /dev/shm on n2 cannot be written")) << result.found;
  EXPECT_TRUE(result.fix.ends_with("Open MPI may wait for ever")) << result.fix;
}

}  // namespace
}  // namespace cellsweep::doctor
