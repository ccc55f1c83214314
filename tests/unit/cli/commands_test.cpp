// The command line of one process.
#include "cli/commands.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/version.h"
#include "unit/cli/call.h"

namespace cellsweep::cli {
namespace {

TEST(CommandLine, BadUsageIsAMistakeOfTheUser) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"trian"},
                                                {"run"},
                                                {"run", "a.yaml", "--no-such"},
                                                {"bench", "a.yaml", "--steps", "0"}}) {
    const CallResult result = call(words);
    EXPECT_EQ(result.code, ExitCode::bad_input);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err, "");
  }
}

TEST(CommandLine, ForeignWordsAreNotObeyedByATerminal) {
  const std::string text = call({"schema", "--no\x1b[31m"}).err;
  EXPECT_NE(text.find("--no\\x1b[31m"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(CommandLine, AVersionAndHelpAreNoMistake) {
  const CallResult result = call({"--version"});
  EXPECT_EQ(result.code, ExitCode::done);
  EXPECT_EQ(result.out, std::string(version) + "\n");
  for (const char* command : {"run", "bench", "doctor", "plan", "summary", "compare", "schema"}) {
    const CallResult help = call({command, "--help"});
    EXPECT_EQ(help.code, ExitCode::done) << command;
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
  }
}

TEST(CommandLine, CallsTheSubcommand) {
  const CallResult result = call({"schema"});
  EXPECT_EQ(result.code, ExitCode::done);
  EXPECT_TRUE(result.out.starts_with("{")) << result.out.substr(0, 100);
  EXPECT_NE(call({"schema", "--markdown"}).out.find("\n| `train.epochs` |"), std::string::npos);
}

}  // namespace
}  // namespace cellsweep::cli
