#include "base/core_quota.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <string>

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

constexpr double none = std::numeric_limits<double>::infinity();

class CoreQuota : public testing::Test {
 protected:
  CoreQuota() : root_(fs::temp_directory_path() / ("core_quota_test-" + std::to_string(getpid()))) {}
  ~CoreQuota() override { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  const fs::path root_;
};

TEST_F(CoreQuota, IsInfiniteIfNoControlGroupSaysOne) {
  EXPECT_EQ(core_quota(root_), none);
  write("proc/self/cgroup", "0::/\nnonsense\n");
  EXPECT_EQ(core_quota(root_), none);
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(core_quota(root_), none);
}

TEST_F(CoreQuota, IsTheLeastOfAllGroupsAbove) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/cpu.max", "350000 100000\n");
  EXPECT_EQ(core_quota(root_), 3.5);
  write("sys/fs/cgroup/a/cpu.max", "100000 50000\n");
  EXPECT_EQ(core_quota(root_), 2);
  // A container that sees its own group as the root.
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(core_quota(root_), 0.5);
}

TEST_F(CoreQuota, KnowsTheFirstVersion) {
  write("proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/a\n0::/\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(core_quota(root_), none);
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "400000\n");
  EXPECT_EQ(core_quota(root_), 4);
}

TEST_F(CoreQuota, HardwareThreadsOfACoreAreOne) {
  EXPECT_EQ(physical_cores({0, 1, 2}, root_), 3);
  for (const auto& [cpu, threads] :
       {std::pair("cpu0", "0,2"), {"cpu1", "1,3"}, {"cpu2", "0,2"}, {"cpu3", "1,3"}})
    write(fs::path("sys/devices/system/cpu") / cpu / "topology/thread_siblings_list", threads);
  EXPECT_EQ(physical_cores({0, 1, 2, 3}, root_), 2);
  EXPECT_EQ(physical_cores({1, 3}, root_), 1);
}

}  // namespace
}  // namespace cellsweep
