#include "base/folder_lease.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace cellsweep {
namespace {

TEST(JobIdentity, IsSlurmsAndALaterStartFollowsAnEarlierOne) {
  setenv("SLURM_JOB_ID", "17", 1);
  unsetenv("SLURM_RESTART_COUNT");
  const JobIdentity first = JobIdentity::mine();
  EXPECT_EQ(first.job, "17");
  EXPECT_EQ(first.restart, 0);
  setenv("SLURM_RESTART_COUNT", "1", 1);
  EXPECT_TRUE(JobIdentity::mine().follows(first));
  EXPECT_FALSE(first.follows(JobIdentity::mine()));
  setenv("SLURM_JOB_ID", "1\xff", 1);  // no UTF-8
  EXPECT_TRUE(JobIdentity::mine().follows({"1\xef\xbf\xbd", 0}));
  setenv("SLURM_JOB_ID", "18", 1);
  EXPECT_FALSE(JobIdentity::mine().follows(first));
  unsetenv("SLURM_JOB_ID");
  EXPECT_NE(JobIdentity::mine().job.find(std::to_string(getpid())), std::string::npos);
  EXPECT_FALSE(JobIdentity::mine().follows(JobIdentity::mine()));
  unsetenv("SLURM_RESTART_COUNT");
}

}  // namespace
}  // namespace cellsweep
