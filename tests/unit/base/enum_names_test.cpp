#include "base/enum_names.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/log.h"

namespace cellsweep {
namespace {

TEST(EnumNames, GoBothWays) {
  EXPECT_EQ(to_name(LogLevel::warn), "warn");
  EXPECT_EQ(from_name<LogLevel>("error"), LogLevel::error);
  EXPECT_EQ(from_name<LogLevel>("loud"), std::nullopt);
}

}  // namespace
}  // namespace cellsweep
