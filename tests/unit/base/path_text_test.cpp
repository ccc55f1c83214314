#include "base/path_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace cellsweep {
namespace {

TEST(PathText, IsRefusedIfItIsEmptyOrAShells) {
  EXPECT_EQ(path_problem("a"), "");
  EXPECT_EQ(path_problem("./~"), "");
  EXPECT_NE(path_problem("").find("empty"), std::string::npos);
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  setenv("HOME", "/home/ann", 1);
  EXPECT_NE(path_problem("~").find("write /home/ann"), std::string::npos);
  EXPECT_NE(path_problem("~/a b").find("write /home/ann/a b"), std::string::npos);
  EXPECT_NE(path_problem("~bob/a").find("write the path in full"), std::string::npos);
  if (!home.empty()) setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace cellsweep
