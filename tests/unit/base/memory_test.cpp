// Memory limits of hosts and control groups that are made up here.
#include "base/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

class Memory : public testing::Test {
 protected:
  Memory() { put("proc/meminfo", "MemTotal:  1000000 kB\nMemAvailable: 400000 kB\nSwapTotal: 0 kB\n"); }
  ~Memory() override { fs::remove_all(root_); }
  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  fs::path root_ = fs::temp_directory_path() / ("cellsweep_memory_" + std::to_string(getpid()));
};

TEST_F(Memory, IsTheHosts) {
  EXPECT_EQ(host_memory_limit(root_).bytes, 1024e6);
  EXPECT_EQ(host_memory_limit(root_).reason, "this host has 1.0 GB of memory");
  EXPECT_EQ(available_memory(root_), 409.6e6);
}

TEST_F(Memory, SwapCounts) {
  put("proc/meminfo", "MemTotal: 1000000 kB\nSwapTotal: 1000000 kB\n");
  EXPECT_EQ(host_memory_limit(root_).bytes, 2048e6);
}

TEST_F(Memory, IsThatOfAGroupOfVersion2OrOneAboveIt) {
  put("proc/self/cgroup", "0::/jobs/step\n");
  put("sys/fs/cgroup/jobs/step/memory.max", "max\n");
  put("sys/fs/cgroup/jobs/memory.max", "300000000\n");
  EXPECT_EQ(host_memory_limit(root_).bytes, 3e8);
  EXPECT_EQ(host_memory_limit(root_).reason, "its control group /jobs permits 300 MB");
  EXPECT_EQ(available_memory(root_), 3e8);
}

TEST_F(Memory, IsThatOfAGroupOfVersion1OrOneAboveIt) {
  put("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:cpuset,memory:/slurm/job\n0::/\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("sys/fs/cgroup/memory/slurm/job/memory.limit_in_bytes", "200000000\n");
  EXPECT_EQ(host_memory_limit(root_).bytes, 2e8);
}

TEST_F(Memory, IsTheContainersIfTheGroupOfTheHostIsNotThere) {
  put("proc/self/cgroup", "4:memory:/docker/0123\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "100000000\n");
  EXPECT_EQ(host_memory_limit(root_).bytes, 1e8);
}

TEST_F(Memory, IsUnlimitedIfNothingIsKnown) {
  fs::remove_all(root_);
  EXPECT_TRUE(std::isinf(host_memory_limit(root_).bytes));
}

TEST(RequireMemory, SaysWhatNeedsHowMuch) {
  EXPECT_NO_THROW(require_memory(1e6, "a million bytes need", "nothing"));
  try {
    require_memory(1e15, "the labels need", "lower data.classes");
    FAIL();
  } catch (const UserError& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find("the labels need 1000.0 TB, but "), 0U) << message;
    EXPECT_NE(message.find("; lower data.classes"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace cellsweep
