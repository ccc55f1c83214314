#include <arpa/inet.h>
#include <civetweb.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

// A port of this host that something listens on.
class TakenPort {
 public:
  TakenPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    number_ = ntohs(address.sin_port);
  }
  ~TakenPort() { close(socket_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  int number() const { return number_; }

 private:
  int socket_;
  int number_ = 0;
};

config::Config config_with(int port) {
  config::Config config;
  config.metrics.prometheus.port = port;
  config.metrics.prometheus.address = "127.0.0.1";
  return config;
}

TEST(CheckPorts, NoneIsLookedAtIfNoneIsChosen) {
  comm::SimulatedRanks world(2);
  EXPECT_EQ(check_ports(one_host(world), config_with(0)).found, "any free one: metrics.prometheus.port is 0");
  config::Config config = config_with(1);
  config.metrics.prometheus.enabled = false;
  EXPECT_EQ(check_ports(one_host(world), config).found, "none: metrics.prometheus.enabled is false");
}

TEST(CheckPorts, ATakenOneIsAWarningWithItsHost) {
  const TakenPort port;
  comm::SimulatedRanks world(2);
  const CheckResult result = check_ports(one_host(world), config_with(port.number()));
  EXPECT_EQ(result.verdict, Verdict::warning);
  EXPECT_EQ(
      result.found.find("127.0.0.1:" + std::to_string(port.number()) + " on n1 cannot be listened on: "), 0u)
      << result.found;
}

TEST(CheckPorts, AnAddressIsLookedAtWithAnyPort) {
  comm::SimulatedRanks world(2);
  for (const int port : {0, 9464}) {
    config::Config config = config_with(port);
    config.metrics.prometheus.address = "192.0.2.1";
    const CheckResult elsewhere = check_ports(one_host(world), config);
    EXPECT_EQ(elsewhere.verdict, Verdict::warning) << port;
    EXPECT_TRUE(elsewhere.fix.starts_with("another metrics.prometheus.address; ")) << elsewhere.fix;
    if (mg_check_feature(MG_FEATURES_IPV6) != 0) continue;
    config.metrics.prometheus.address = "::1";
    const CheckResult without_ipv6 = check_ports(one_host(world), config);
    EXPECT_EQ(without_ipv6.verdict, Verdict::warning) << port;
    EXPECT_NE(without_ipv6.found.find("built without IPv6; right would be 127.0.0.1"), std::string::npos)
        << without_ipv6.found;
  }
}

TEST(CheckPorts, EachGroupThatTrainsAtOnceNeedsOne) {
  int free = 0;
  { free = TakenPort().number(); }
  comm::SimulatedRanks world(4);
  config::Config config = config_with(free);
  config.parallel.ranks_per_run = "2";
  EXPECT_EQ(check_ports(two_hosts(world), config).found, "127.0.0.1:" + std::to_string(free) + ": free")
      << "all ranks train one run";
  config.sweep.emplace();
  EXPECT_EQ(check_ports(two_hosts(world), config).found,
            "127.0.0.1:" + std::to_string(free) + " and 1 after it: free");
  world.answer_texts({"", "n2 has none", ""});
  EXPECT_EQ(check_ports(two_hosts(world), config).found, "n2 has none");
}

}  // namespace
}  // namespace cellsweep::doctor
