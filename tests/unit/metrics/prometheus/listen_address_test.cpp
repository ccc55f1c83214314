#include "metrics/prometheus/listen_address.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cellsweep::metrics {
namespace {

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

}  // namespace
}  // namespace cellsweep::metrics
