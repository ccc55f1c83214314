#include "comm/shared_memory_space.h"

#include <gtest/gtest.h>

namespace cellsweep::comm {
namespace {

TEST(SharedMemorySpace, IsTextWithItsHost) {
  EXPECT_EQ(shared_memory_text(SharedMemorySpace{.size = 64'000'000, .available = 3'900'000}, "n1"),
            "/dev/shm on n1 has 3 of 64 MB free");
  EXPECT_EQ(shared_memory_text(std::nullopt, "n1"), "/dev/shm on n1 cannot be written");
}

}  // namespace
}  // namespace cellsweep::comm
