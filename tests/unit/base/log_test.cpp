#include "base/log.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <string>

namespace cellsweep {
namespace {

TEST(Log, ShowsMessagesAsTheyCanBeRead) {
  testing::internal::CaptureStderr();
  start_log(LogLevel::info, true, "rank 0");
  spdlog::warn("host \x1b]52;c;eA==\x07 of http://me:hunter2@gw");
  spdlog::default_logger()->flush();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.ends_with("warning: host \\x1b]52;c;eA==\\x07 of http://***@gw\n")) << text;
}

}  // namespace
}  // namespace cellsweep
