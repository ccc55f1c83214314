#include <gtest/gtest.h>

#include "comm/gpu/device.h"
#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

CheckResult check(comm::Device device) {
  comm::SimulatedRanks world(2);
  return check_devices(one_host(world), {.device = device});
}

TEST(CheckDevices, NoneIsLookedForIfNoneIsAskedFor) {
  EXPECT_EQ(check(comm::Device::cpu).found, "none asked for: parallel.device is cpu");
}

TEST(CheckDevices, AreMissedOnlyIfTheyAreAskedFor) {
  if (comm::visible_devices() > 0) GTEST_SKIP() << "there is a GPU: a host without one was not looked at";
  EXPECT_EQ(check(comm::Device::cuda).verdict, Verdict::error);
  const CheckResult result = check(comm::Device::automatic);
  EXPECT_EQ(result.verdict, Verdict::ok);
  EXPECT_TRUE(result.found.starts_with("ranks compute on CPUs: ")) << result.found;
}

}  // namespace
}  // namespace cellsweep::doctor
