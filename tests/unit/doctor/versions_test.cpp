#include <gtest/gtest.h>

#include "base/version.h"
#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

TEST(CheckVersions, AreTheSameOnAllRanks) {
  comm::SimulatedRanks world(4);
  const CheckResult same = check_versions(two_hosts(world));
  EXPECT_EQ(same.verdict, Verdict::ok);
  EXPECT_TRUE(same.found.starts_with(std::string("cellsweep ") + version + ", ")) << same.found;
  world.answer_texts({same.found, "cellsweep 0.0.1, MPI 9", same.found});
  const CheckResult other = check_versions(two_hosts(world));
  EXPECT_EQ(other.verdict, Verdict::error);
  EXPECT_EQ(other.found, "n1 has " + same.found + ", but n2 has cellsweep 0.0.1, MPI 9");
}

}  // namespace
}  // namespace cellsweep::doctor
