#include <gtest/gtest.h>

#include <string>

#include "config/config.h"

namespace cellsweep::config {
namespace {

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
