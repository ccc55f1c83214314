// Files that the exporter writes for Prometheus, and the one it reads its password from.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "metrics/prometheus/discovery.h"
#include "metrics/prometheus/host_check.h"
#include "metrics/prometheus/listen_address.h"
#include "metrics/prometheus/password.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FolderTest() override { fs::remove_all(folder_); }
  static std::string content(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  fs::path folder_ = fs::temp_directory_path() / ("cellsweep_exporter_" + std::to_string(getpid()));
};

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

using PasswordTest = FolderTest;

TEST_F(PasswordTest, IsTheFirstLine) {
  const auto file = folder_ / "password";
  std::ofstream(file) << "open sesame\r\nother\n";
  const auto read = [](const std::string& username, const fs::path& path) {
    return read_password({.username = username, .password_file = path}, "metrics.x");
  };
  EXPECT_EQ(read("ali", file), "open sesame");
  EXPECT_EQ(read("", "not there"), "");
  EXPECT_THROW(read("ali", folder_ / "none"), UserError);
  std::ofstream(file) << "\nopen sesame\n";
  EXPECT_THROW(read("ali", file), UserError);
}

TEST_F(PasswordTest, ThatEveryUserMayReadIsWarnedOf) {
  const auto file = folder_ / "password";
  std::ofstream(file) << "open sesame\n";
  for (const auto& [mode, is_open] :
       {std::pair(0644, true), std::pair(0640, false), std::pair(0400, false)}) {
    fs::permissions(file, static_cast<fs::perms>(mode));
    const LogCapture log;
    read_password({.username = "ali", .password_file = file}, "metrics.x");
    EXPECT_EQ(log.text().find("every user of this host may read") != std::string::npos, is_open) << mode;
    EXPECT_EQ(log.text().find("sesame"), std::string::npos);
  }
}

TEST(ListenAddress, IsLookedUpBeforeItIsListenedOn) {
  EXPECT_TRUE(find_listen_address("127.0.0.1").is_loopback);
  EXPECT_EQ(find_listen_address("localhost").host, "127.0.0.1");
  EXPECT_EQ(find_listen_address("::1").host, "[::1]");
  EXPECT_TRUE(find_listen_address("[::1]").is_loopback);
  EXPECT_TRUE(find_listen_address("0.0.0.0").is_any);
  EXPECT_TRUE(find_listen_address("::").is_any);
  EXPECT_FALSE(find_listen_address("0.0.0.0").is_loopback);
  EXPECT_THROW(find_listen_address("999.1.1.1"), Error);
  EXPECT_EQ(listen_problem(find_listen_address("192.0.2.1"), 0), "Cannot assign requested address");
  EXPECT_EQ(listen_problem(find_listen_address("127.0.0.1"), 0), "");
}

TEST(HostCheck, TakesThisHostAlone) {
  for (const char* right :
       {"", "localhost", "LocalHost:9464", "127.0.0.1:9464", "[::1]:9464", "n1:80", "N1.", "192.0.2.7"})
    EXPECT_TRUE(is_own_host(right, "n1")) << right;
  for (const char* wrong : {"evil.example", "evil.example:9464", "127.0.0.1.evil.example", "n1.evil.example",
                            "[evil]", "localhost.evil.example", "[::1"})
    EXPECT_FALSE(is_own_host(wrong, "n1")) << wrong;
}

}  // namespace
}  // namespace cellsweep::metrics
