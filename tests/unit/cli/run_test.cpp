#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "unit/cli/call.h"
#include "unit/temporary_folder.h"

namespace cellsweep::cli {
namespace {

TEST(Run, ShowsTheEffectiveConfigAndTrainsNothing) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml") << "train: {epochs: 3}\n";
  const std::string output = folder / "runs";
  const CallResult result =
      call({"run", folder / "a.yaml", "--print-config", "--output", output, "--set", "train.batch_size=8"});
  EXPECT_EQ(result.code, ExitCode::done);
  EXPECT_NE(result.out.find("\n  epochs: 3\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\n  batch_size: 8\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\n  directory: " + output + "\n"), std::string::npos) << result.out;
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(Run, NeedsAFileOrAFolderToResume) {
  const std::string help = call({"run", "--help"}).out;
  EXPECT_EQ(help.find("REQUIRED"), std::string::npos) << help;
  EXPECT_NE(help.find("[FILE]"), std::string::npos) << help;
  EXPECT_NE(call({"run"}).err.find("FILE is required"), std::string::npos);
  EXPECT_EQ(call({"run"}).code, ExitCode::bad_input);
  const TemporaryFolder folder;
  std::ofstream(folder / "sweep.yaml") << "train: {epochs: 3}\n";
  EXPECT_NE(call({"run", "--print-config", "--resume", folder.path()}).out.find("\n  epochs: 3\n"),
            std::string::npos);
}

}  // namespace
}  // namespace cellsweep::cli
