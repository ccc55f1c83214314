#include "metrics/prometheus/discovery.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "unit/metrics/prometheus/folder.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

using DiscoveryTest = FolderTest;

TEST_F(DiscoveryTest, NamesTheTargetWhileItLives) {
  const auto directory = folder_ / "made" / "here";
  {
    const DiscoveryFile file(directory, "cells-0", "127.0.0.1:4711");
    std::vector<fs::path> files(fs::directory_iterator(directory), {});
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].extension(), ".json");
    EXPECT_EQ(
        nlohmann::json::parse(content(files[0])),
        nlohmann::json::parse(R"([{"targets": ["127.0.0.1:4711"], "labels": {"instance": "cells-0"}}])"));
  }
  EXPECT_TRUE(fs::is_empty(directory));
}

std::string own_host() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

// Its number means nothing: that of a process in another container may be free here, or another's.
TEST_F(DiscoveryTest, RemovesOnlyWhatAnEndedProcessOfThisHostLeft) {
  const std::string here = "@" + own_host() + "_";
  const std::string number = std::to_string(getpid());
  const std::vector<std::string> left_over{"cellsweep_a-0" + here + number + "-0123abcd.json",
                                           "cellsweep_a-0" + here + "999999999-0123abcd.json",
                                           "cellsweep_a-0" + here + number + "-0123abcd.json.part"};
  const std::vector<std::string> others{"cellsweep_a-0@elsewhere_9-0123abcd.json", "other_9-0123abcd.json",
                                        "cellsweep_a-0" + here + "9-0123abcd.json.bak",
                                        "cellsweep_a-0" + here + "9.json"};
  for (const auto& names : {left_over, others})
    for (const std::string& name : names) std::ofstream(folder_ / name) << "[]";
  fs::create_directory(folder_ / ("cellsweep_d-0" + here + "9-0123abcd.json"));
  fs::create_symlink("/etc/hostname", folder_ / ("cellsweep_l-0" + here + "9-0123abcd.json"));
  const std::string alive = "cellsweep_alive-0" + here + "999999999-0123abcd.json";
  const int owner = open((folder_ / alive).c_str(), O_RDWR | O_CREAT, 0644);
  ASSERT_EQ(flock(owner, LOCK_EX), 0);
  {
    const DiscoveryFile first(folder_, "b-0", "x:1");
    const DiscoveryFile second(folder_, "b-0", "x:1");
    std::size_t mine = 0;
    for (const auto& entry : fs::directory_iterator(folder_))
      mine += entry.path().filename().string().starts_with("cellsweep_b-0@") ? 1 : 0;
    EXPECT_EQ(mine, 2u);
  }
  for (const std::string& name : left_over) EXPECT_FALSE(fs::exists(folder_ / name)) << name;
  for (const std::string& name : others) EXPECT_TRUE(fs::exists(folder_ / name)) << name;
  EXPECT_TRUE(fs::exists(folder_ / alive));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), std::ssize(others) + 3);
  close(owner);
  { const DiscoveryFile file(folder_, "b-0", "x:1"); }
  EXPECT_FALSE(fs::exists(folder_ / alive));
}

// A host's name may hold any bytes.
TEST_F(DiscoveryTest, TakesAnyHostName) {
  const std::string before = own_host(), odd = "h\xff/\x1b";
  if (unshare(CLONE_NEWUTS) != 0 || sethostname(odd.data(), odd.size()) != 0)
    GTEST_SKIP() << "this process may not have a host name of its own: odd ones were not tried";
  for (int time = 0; time < 2; ++time) {
    const DiscoveryFile file(folder_, "cells-0", odd + ":4711");
    const std::vector<fs::path> files(fs::directory_iterator(folder_), {});
    ASSERT_EQ(files.size(), 1u);
    EXPECT_TRUE(files[0].filename().string().starts_with("cellsweep_cells-0@h____")) << files[0];
    const auto json = nlohmann::json::parse(content(files[0]));
    EXPECT_EQ(json[0]["targets"][0], "h\ufffd/\x1b:4711");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  ASSERT_EQ(sethostname(before.data(), before.size()), 0);
}

TEST_F(DiscoveryTest, AFolderThatCannotBeIsAnError) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THROW(DiscoveryFile(folder_ / "file", "a", "b"), Error);
}

}  // namespace
}  // namespace cellsweep::metrics
