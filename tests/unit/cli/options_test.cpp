// Options that several subcommands have.
#include "cli/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/log.h"

namespace cellsweep::cli {
namespace {

using Pairs = std::vector<config::Assignment>;

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() { add_file(app_, arguments_); }
  // The message with which the command line is refused; empty if it is taken.
  std::string refusal(const std::string& line) {
    arguments_ = {};
    try {
      app_.parse(line);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  CLI::App app_;
  job::RunArguments arguments_;
};

TEST_F(OptionsTest, TheFileIsRequiredAndAPath) {
  EXPECT_NE(refusal(""), "");
  EXPECT_EQ(refusal("a.yaml"), "");
  EXPECT_EQ(arguments_.file, "a.yaml");
  EXPECT_NE(refusal("'~/a.yaml'").find("FILE"), std::string::npos) << "the shell would have replaced it";
}

TEST_F(OptionsTest, AValueMayHaveEqualsSignsAndANameToo) {
  EXPECT_EQ(refusal("a.yaml --set name=a=b --set train.epochs=2 --map x=y=train.seed"), "");
  EXPECT_EQ(arguments_.assignments, (Pairs{{"name", "a=b"}, {"train.epochs", "2"}}));
  EXPECT_EQ(arguments_.renames.map, (Pairs{{"x=y", "train.seed"}}));
}

TEST_F(OptionsTest, APairHasAnEqualsSignBehindItsFirstWord) {
  for (const char* wrong : {"--set train.epochs", "--set =2", "--map lr", "--map =train.seed"})
    EXPECT_NE(refusal(std::string("a.yaml ") + wrong).find("is not of the form"), std::string::npos) << wrong;
}

TEST_F(OptionsTest, EachTakesOneWordAndMayBeRepeated) {
  EXPECT_EQ(refusal("--sweep s.yaml --ignore a --ignore b f.yaml"), "");
  EXPECT_EQ(arguments_.renames.ignored, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(arguments_.sweep_file, "s.yaml");
  EXPECT_EQ(arguments_.file, "f.yaml");
  EXPECT_NE(refusal("f.yaml --ignore a b"), "");
}

TEST(AddChoice, TakesTheNamesOfTheValuesAlone) {
  CLI::App app;
  LogLevel level = LogLevel::info;
  add_choice(app, "--log-level", level, "help");
  EXPECT_NO_THROW(app.parse("--log-level warn"));
  EXPECT_EQ(level, LogLevel::warn);
  EXPECT_THROW(app.parse("--log-level loud"), CLI::ParseError);
}

}  // namespace
}  // namespace cellsweep::cli
