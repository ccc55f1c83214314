#include "comm/error_text.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace cellsweep::comm {
namespace {

TEST(ErrorText, IsWhatTheExceptionSaysButOfMemory) {
  EXPECT_EQ(error_text(std::runtime_error("disk full")), "disk full");
  EXPECT_TRUE(error_text(std::bad_alloc()).starts_with("out of memory: this process has "));
  EXPECT_TRUE(error_text(std::length_error("vector")).starts_with("out of memory: "));
}

}  // namespace
}  // namespace cellsweep::comm
