#include "metrics/prometheus/password.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "base/error.h"
#include "unit/metrics/metrics_reports.h"
#include "unit/metrics/prometheus/folder.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

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

}  // namespace
}  // namespace cellsweep::metrics
