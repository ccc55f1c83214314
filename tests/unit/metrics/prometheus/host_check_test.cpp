#include "metrics/prometheus/host_check.h"

#include <gtest/gtest.h>

namespace cellsweep::metrics {
namespace {

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
