// The keys of metrics: addresses and passwords.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

std::string problems_of(const std::string& text, const std::vector<Assignment>& assignments = {}) {
  try {
    parse_config(text, "f.yaml", assignments);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::string with_gateway(const std::string& address) {
  return "metrics: {pushgateway: {address: " + format_string(address) + "}}";
}

TEST(GatewayAddress, HasNoPasswordAndItsMessageNeither) {
  for (const char* address : {"http://me:hunter2@gw:9091", "me:hunter2@gw:9091", "https://me:hun@ter2@gw/x",
                              "http://me:hunter2/x@gw", "me:hunter2 y@gw"}) {
    for (const auto& problems : {problems_of(with_gateway(address)),
                                 problems_of("name: a", {{"metrics.pushgateway.address", address}})}) {
      EXPECT_NE(problems.find("metrics.pushgateway.basic_auth.password_file"), std::string::npos) << problems;
      EXPECT_EQ(problems.find("hun"), std::string::npos) << problems;
      EXPECT_EQ(problems.find("ter2"), std::string::npos) << problems;
    }
  }
}

TEST(GatewayAddress, IsOfHttp) {
  for (const char* right : {"gw:9091", "http://gw:9091", "https://gw/prefix", "127.0.0.1:1", "[::1]:9091"})
    EXPECT_EQ(problems_of(with_gateway(right)), "") << right;
  for (const char* wrong : {"gopher://gw:9091", "file:///etc/passwd", "ftp://gw", "gw:99999", "http://",
                            "g w", "http://gw?x=1", "gw#x", "http://gw\\r\\nX: y"})
    EXPECT_NE(problems_of(with_gateway(wrong)).find("f.yaml:1:34: metrics.pushgateway.address: expected"),
              std::string::npos)
        << wrong << problems_of(with_gateway(wrong));
}

TEST(Passwords, OfNoKeyAreTold) {
  for (const Assignment& wrong :
       {Assignment{"metrics.pushgateway.adress", "http://me:hunter2@gw"},
        Assignment{"metrics.pushgateway.adress", "me:hunter2@gw"},
        Assignment{"metrics.pushgateway.basic_auth.password", "hunter2"},
        Assignment{"metrics.prometheus.port", "me:hunter2@gw"}, Assignment{"API_TOKEN", "hunter2"},
        Assignment{"data.directory", "http://me:hunter2@host/data"}}) {
    const std::string problems = problems_of("name: a", {wrong});
    EXPECT_NE(problems.find(wrong.first), std::string::npos) << problems;
    EXPECT_EQ(problems.find("hunter2"), std::string::npos) << problems;
  }
}

TEST(Passwords, AreReadForBothWays) {
  const Config config = parse_config(
      "metrics: {pushgateway: {address: 'gw:1', basic_auth: {username: me, password_file: /p}}}", "f.yaml");
  EXPECT_EQ(config.metrics.pushgateway.basic_auth.username, "me");
  EXPECT_EQ(config.metrics.pushgateway.basic_auth.password_file, "/p");
  for (const char* section : {"prometheus", "pushgateway"}) {
    const std::string begin = std::string("metrics: {") + section + ": {basic_auth: {";
    EXPECT_NE(problems_of(begin + "username: me}}}").find("needs both"), std::string::npos);
    EXPECT_NE(problems_of(begin + "username: 'a:b', password_file: /p}}}").find("no colon"),
              std::string::npos);
  }
}

TEST(ListenAddress, IsAnAddressOrAName) {
  const auto problems = [](const std::string& address) {
    return problems_of("metrics: {prometheus: {address: " + format_string(address) + "}}");
  };
  for (const char* right : {"127.0.0.1", "0.0.0.0", "::", "[::1]", "localhost", "node-1.example"})
    EXPECT_EQ(problems(right), "") << right;
  for (const char* wrong : {"999.1.1.1", "1.2.3", "127.0.0.1:9464", "127.0.0.1,0.0.0.0", "::1]", "a b", "80",
                            "127.0.0.1\x1b[31m"}) {
    const std::string found = problems(wrong);
    EXPECT_NE(found.find("f.yaml:1:33: metrics.prometheus.address: expected"), std::string::npos)
        << wrong << found;
    EXPECT_EQ(found.find('\x1b'), std::string::npos);
  }
}

TEST(Yaml, HasNoControlCharactersAndIsReadBackTheSame) {
  Config config;
  config.data.directory = "a\u0085b\u202ec\x7f\x1b[31m é";
  const std::string yaml = to_yaml(config);
  for (const char* raw : {"\u0085", "\u202e", "\x7f", "\x1b"}) EXPECT_EQ(yaml.find(raw), std::string::npos);
  EXPECT_NE(yaml.find("é"), std::string::npos);
  EXPECT_EQ(parse_config(yaml, "f.yaml").data.directory, config.data.directory);
}

}  // namespace
}  // namespace cellsweep::config
