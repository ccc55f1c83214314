// Files that the exporter writes for Prometheus, and the one it reads its password from.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "metrics/prometheus/discovery.h"
#include "metrics/prometheus/server.h"

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

TEST_F(DiscoveryTest, RemovesOnlyWhatADeadProcessOfThisHostLeft) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string here = std::string("@") + host.data();
  const std::string alive = std::to_string(getppid());
  const std::vector<std::string> kept{"cellsweep_a-0" + here + "_" + alive + ".json",
                                      "cellsweep_a-0@elsewhere_999999999.json", "other_999999999.json"};
  for (const std::string& name : kept) std::ofstream(folder_ / name) << "[]";
  std::ofstream(folder_ / ("cellsweep_a-0" + here + "_999999999.json")) << "[]";
  { const DiscoveryFile file(folder_, "b-0", "x:1"); }
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_)) left.push_back(entry.path().filename());
  std::ranges::sort(left);
  auto wanted = kept;
  std::ranges::sort(wanted);
  EXPECT_EQ(left, wanted);
}

TEST_F(DiscoveryTest, AFolderThatCannotBeIsAnError) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_THROW(DiscoveryFile(folder_ / "file", "a", "b"), Error);
}

using PasswordTest = FolderTest;

TEST_F(PasswordTest, IsTheFirstLine) {
  const auto file = folder_ / "password";
  std::ofstream(file) << "open sesame\r\nother\n";
  EXPECT_EQ(read_password({.username = "ali", .password_file = file}), "open sesame");
  EXPECT_EQ(read_password({.username = "", .password_file = "not there"}), "");
  EXPECT_THROW(read_password({.username = "ali", .password_file = folder_ / "none"}), UserError);
  std::ofstream(file) << "\nopen sesame\n";
  EXPECT_THROW(read_password({.username = "ali", .password_file = file}), UserError);
}

}  // namespace
}  // namespace cellsweep::metrics
