// The keys of metrics: addresses and passwords.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config.h"
#include "config/option.h"
#include "unit/config/parse_errors.h"

namespace cellsweep::config {
namespace {

std::string with_gateway(const std::string& address) {
  return "metrics: {pushgateway: {address: " + format_string(address) + "}}";
}

TEST(GatewayAddress, HasNoPasswordAndItsMessageNeither) {
  for (const char* address : {"http://me:hunter2@gw:9091", "me:hunter2@gw:9091", "https://me:hun@ter2@gw/x",
                              "http://me:hunter2/x@gw", "me:hunter2 y@gw"}) {
    for (const auto& errors : {errors_of(with_gateway(address)),
                               errors_of("name: a", {{"metrics.pushgateway.address", address}})}) {
      EXPECT_NE(errors.find("metrics.pushgateway.basic_auth.password_file"), std::string::npos) << errors;
      EXPECT_EQ(errors.find("hun"), std::string::npos) << errors;
      EXPECT_EQ(errors.find("ter2"), std::string::npos) << errors;
    }
  }
}

TEST(GatewayAddress, IsOfHttp) {
  for (const char* right : {"gw:9091", "http://gw:9091", "https://gw/prefix", "127.0.0.1:1", "[::1]:9091",
                            "HTTP://gw", "[fd00::1]", "http://gw.example:65535/a/b"})
    EXPECT_EQ(errors_of(with_gateway(right)), "") << right;
  for (const char* wrong : {"gopher://gw:9091", "file:///etc/passwd", "ftp://gw", "gw:99999", "http://",
                            "g w", "http://gw?x=1", "gw:0", "gw:", "gw:1x", "[::1", "[::1]x", "[gw]", "1.2.3",
                            ":9091", "/x", "gw/ x", "gw#x", "http://gw\\r\\nX: y"})
    EXPECT_NE(errors_of(with_gateway(wrong)).find("f.yaml:1:34: metrics.pushgateway.address: expected"),
              std::string::npos)
        << wrong << errors_of(with_gateway(wrong));
}

TEST(Passwords, AreInNoMessage) {
  for (const Assignment& wrong :
       {Assignment{"metrics.pushgateway.adress", "http://me:hunter2@gw"},
        Assignment{"metrics.pushgateway.adress", "me:hunter2@gw"},
        Assignment{"metrics.pushgateway.basic_auth.password", "hunter2"},
        Assignment{"metrics.prometheus.port", "me:hunter2@gw"}, Assignment{"API_TOKEN", "hunter2"},
        Assignment{"data.directory", "http://me:hunter2@host/data"}}) {
    const std::string errors = errors_of("name: a", {wrong});
    EXPECT_NE(errors.find(wrong.first), std::string::npos) << errors;
    EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;
  }
}

TEST(Passwords, AreReadForBothWays) {
  const Config config = parse_config(
      "metrics: {pushgateway: {address: 'gw:1', basic_auth: {username: me, password_file: /p}}}", "f.yaml");
  EXPECT_EQ(config.metrics.pushgateway.basic_auth.username, "me");
  EXPECT_EQ(config.metrics.pushgateway.basic_auth.password_file, "/p");
  for (const char* section : {"prometheus", "pushgateway"}) {
    const std::string begin = std::string("metrics: {") + section + ": {basic_auth: {";
    EXPECT_NE(errors_of(begin + "username: me}}}").find("needs both"), std::string::npos);
    EXPECT_NE(errors_of(begin + "username: 'a:b', password_file: /p}}}").find("no colon"), std::string::npos);
  }
}

TEST(OptionsTable, NamesEveryKeyThatCannotBeSwept) {
  const std::string table = options_markdown();
  const std::size_t begin = table.find("| `sweep.parameters.<key>` |");
  const std::string row = table.substr(begin, table.find('\n', begin) - begin);
  for (const Option& option : options()) {
    const std::string section = option.key.substr(0, option.key.find('.'));
    const bool is_named = row.find("`" + option.key + "`") != std::string::npos ||
                          row.find("`" + section + ".*`") != std::string::npos;
    EXPECT_NE(is_named, is_sweepable(option.key)) << option.key << "\n" << row;
  }
}

TEST(ListenAddress, IsAnAddressOrAName) {
  const auto errors = [](const std::string& address) {
    return errors_of("metrics: {prometheus: {address: " + format_string(address) + "}}");
  };
  for (const char* right : {"127.0.0.1", "0.0.0.0", "::", "[::1]", "localhost", "node-1.example"})
    EXPECT_EQ(errors(right), "") << right;
  for (const char* wrong : {"999.1.1.1", "1.2.3", "127.0.0.1:9464", "127.0.0.1,0.0.0.0", "::1]", "a b", "80",
                            "127.0.0.1\x1b[31m"}) {
    const std::string found = errors(wrong);
    EXPECT_NE(found.find("f.yaml:1:33: metrics.prometheus.address: expected"), std::string::npos)
        << wrong << found;
    EXPECT_EQ(found.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace cellsweep::config
