#include "metrics/prometheus/listen_address.h"

#include <civetweb.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

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

TEST(ListenAddress, OfIPv6NeedsAWebServerThatHasIt) {
  for (const char* fit : {"127.0.0.1", "0.0.0.0", "localhost"})
    EXPECT_EQ(family_problem(find_listen_address(fit)), "");
  for (const auto& [address, right] : {std::pair("::1", "127.0.0.1, "), std::pair("[::]", "0.0.0.0, "),
                                       std::pair("2001:db8::1", "an IPv4 ")}) {
    const std::string problem = family_problem(find_listen_address(address));
    if (mg_check_feature(MG_FEATURES_IPV6) != 0)
      EXPECT_EQ(problem, "");
    else
      EXPECT_NE(problem.find(std::string("built without IPv6; right would be ") + right), std::string::npos)
          << problem;
  }
}

}  // namespace
}  // namespace cellsweep::metrics
