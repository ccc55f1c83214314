// The command line of one process.
#include "cli/commands.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/version.h"

namespace cellsweep::cli {
namespace {

struct CallResult {
  ExitCode code;
  std::string out, err;
};

CallResult call(std::vector<std::string> words) {
  comm::MpiSession session;
  words.insert(words.begin(), "cellsweep");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const ExitCode code = run_command_line(static_cast<int>(arguments.size()), arguments.data(), session);
  std::string out = testing::internal::GetCapturedStdout();
  return {code, out, testing::internal::GetCapturedStderr()};
}

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
  EXPECT_EQ(call({"trian\x1b[31m"}).err.find('\x1b'), std::string::npos);
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
